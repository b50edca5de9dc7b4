#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace auditor::base {

/// Values that are made once, in one go, and then only read: copies of the list share them.
template <class T>
class SharedList {
 public:
  using value_type = T;
  using const_iterator = typename std::vector<T>::const_iterator;

  SharedList() = default;
  SharedList(std::vector<T> values)  // implicit: what was made is the list
      : values_(std::make_shared<const std::vector<T>>(std::move(values))) {}
  SharedList(std::initializer_list<T> values) : SharedList(std::vector<T>(values)) {}

  [[nodiscard]] const_iterator begin() const { return values().begin(); }
  [[nodiscard]] const_iterator end() const { return values().end(); }
  [[nodiscard]] std::size_t size() const { return values().size(); }
  [[nodiscard]] bool empty() const { return values().empty(); }
  const T& operator[](std::size_t index) const { return values()[index]; }
  [[nodiscard]] const T& front() const { return values().front(); }
  [[nodiscard]] const T& back() const { return values().back(); }

  friend bool operator==(const SharedList& a, const SharedList& b)
    requires std::equality_comparable<T>
  {
    return a.values_ == b.values_ || a.values() == b.values();
  }

 private:
  [[nodiscard]] const std::vector<T>& values() const {
    static const std::vector<T> none;
    return values_ ? *values_ : none;
  }

  std::shared_ptr<const std::vector<T>> values_;  // nullptr: none
};

}  // namespace auditor::base
