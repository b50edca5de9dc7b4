#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace auditor::checks {

/// What several checks make of one subject in one look, made once.
class Memo {
 public:
  /// The `T` that `make` gives; of the first call alone.
  template <class T, class Make>
  const T& once(Make make) {
    for (const Made& made : made_) {
      if (made.kind == &kind<T>) {
        return *static_cast<const T*>(made.value.get());
      }
    }
    auto value = std::make_shared<const T>(make());
    const T& made = *value;
    made_.push_back({&kind<T>, std::move(value)});
    return made;
  }

 private:
  struct Made {
    const void* kind;
    std::shared_ptr<const void> value;
  };

  template <class T>
  static constexpr char kind{};  // its address tells one type from another

  std::vector<Made> made_;
};

}  // namespace auditor::checks
