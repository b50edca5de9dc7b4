#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/check_info.h"

namespace auditor::checks {

/// What several checks make of one subject, made once. `Context` fills it and hands it out.
class Memo {
 public:
  struct Made {
    const void* kind;
    std::shared_ptr<const void> value;
    // What it was made from, and until when it holds: so do verdicts that follow from it.
    model::Resource reads{};
    base::Timestamp holds_until{};
    // What else those read that asked for it.
    model::Resource read_beside{};
    bool asked = false;  ///< since `note`
  };

  /// The `T` that was kept; nullptr where none was.
  template <class T>
  [[nodiscard]] Made* find() {
    for (Made& made : made_) {
      if (made.kind == &kind<T>) {
        return &made;
      }
    }
    return nullptr;
  }

  /// Keeps a `T`, where `find` gave none.
  template <class T>
  Made& keep(std::shared_ptr<const T> value, model::Resource reads, base::Timestamp holds_until) {
    return made_.emplace_back(Made{&kind<T>, std::move(value), reads, holds_until, {}, false});
  }

  /// Notes what a check read that may have asked.
  void note(model::Resource reads) {
    for (Made& made : made_) {
      if (std::exchange(made.asked, false)) {
        made.read_beside = made.read_beside | reads;
      }
    }
  }

  /// Forgets what nobody asks for again: all who did read nothing but `seldom_changed`, beside it.
  void drop_settled(model::Resource seldom_changed) {
    std::erase_if(made_, [seldom_changed](const Made& made) {
      return (made.read_beside & ~seldom_changed) == model::Resource::none;
    });
  }

  void clear() { made_.clear(); }

 private:
  template <class T>
  static constexpr char kind{};  // its address tells one type from another

  std::vector<Made> made_;
};

/// Those of one cluster or job.
struct Memos {
  Memo of_look;  ///< of one look
  Memo lasting;  ///< of its own document, until that reads otherwise
};

}  // namespace auditor::checks
