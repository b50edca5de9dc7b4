#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace auditor::base {

/// A `std::optional` for what is mostly absent: it takes a pointer's room, and more only where
/// there is a value. Copies copy the value.
template <class T>
class Rare {
 public:
  Rare() = default;
  // Implicit, as those of `std::optional`.
  Rare(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Rare(std::nullopt_t /*none*/) {}
  Rare(const Rare& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(const Rare& other) {
    if (this != &other) {
      value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    }
    return *this;
  }
  Rare& operator=(Rare&&) noexcept = default;
  ~Rare() = default;

  [[nodiscard]] bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const T& operator*() const { return *value_; }
  T& operator*() { return *value_; }
  const T* operator->() const { return value_.get(); }
  T* operator->() { return value_.get(); }
  void reset() { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace auditor::base
