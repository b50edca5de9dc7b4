#pragma once

#include <memory>
#include <utility>

namespace auditor::base {

/// A value that its copies share until one of them is changed. One that was never set shares
/// nothing: threads would contend for its count.
template <class T>
class CopyOnWrite {
 public:
  CopyOnWrite() = default;
  // Implicit: it stands wherever the value does.
  CopyOnWrite(T value) : value_(std::make_shared<const T>(std::move(value))) {}
  CopyOnWrite(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  const T& operator*() const { return value_ ? *value_ : initial(); }
  const T* operator->() const { return &**this; }

  /// Whether both are one value, copied: the cheap way to see that they are equal.
  [[nodiscard]] bool is(const CopyOnWrite& other) const { return value_ == other.value_; }

  /// A copy of its own, to change it; to be used before the next `edit`.
  [[nodiscard]] T& edit() {
    auto own = std::make_shared<T>(**this);
    T& value = *own;
    value_ = std::move(own);
    return value;
  }

 private:
  static const T& initial() {
    static const T value{};
    return value;
  }

  std::shared_ptr<const T> value_;  // nullptr: the initial one
};

}  // namespace auditor::base
