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
    return *static_cast<const T*>(made<T>(std::move(make)).get());
  }

  /// The same, for who keeps it beyond the look.
  template <class T, class Make>
  std::shared_ptr<const T> shared(Make make) {
    return std::static_pointer_cast<const T>(made<T>(std::move(make)));
  }

 private:
  template <class T, class Make>
  const std::shared_ptr<const void>& made(Make make) {
    for (const Made& made : made_) {
      if (made.kind == &kind<T>) {
        return made.value;
      }
    }
    auto value = std::make_shared<const T>(make());  // it may ask for others
    made_.push_back({&kind<T>, std::move(value)});
    return made_.back().value;
  }

  struct Made {
    const void* kind;
    std::shared_ptr<const void> value;
  };

  template <class T>
  static constexpr char kind{};  // its address tells one type from another

  std::vector<Made> made_;
};

}  // namespace auditor::checks
