#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "model/verdict.h"

namespace auditor::model {

/// Verdicts that may be shared, as may the list: what holds from look to look is made once and
/// copied for the price of a pointer. Reads as a range of `const Verdict&`.
class VerdictList {
 public:
  using Pointer = std::shared_ptr<const Verdict>;

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = Verdict;
    using pointer = const Verdict*;
    using reference = const Verdict&;

    Iterator() = default;
    explicit Iterator(const Pointer* at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(at_++); }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Pointer* at_ = nullptr;
  };

  VerdictList() = default;
  VerdictList(std::vector<Verdict> verdicts) {  // implicit: verdicts are a list
    std::vector<Pointer> pointers;
    pointers.reserve(verdicts.size());
    for (Verdict& verdict : verdicts) {
      pointers.push_back(std::make_shared<const Verdict>(std::move(verdict)));
    }
    assign(std::move(pointers));
  }
  explicit VerdictList(std::vector<Pointer> pointers) { assign(std::move(pointers)); }

  [[nodiscard]] Iterator begin() const { return Iterator(pointers().data()); }
  [[nodiscard]] Iterator end() const { return Iterator(pointers().data() + size()); }
  [[nodiscard]] std::size_t size() const { return pointers().size(); }
  [[nodiscard]] bool empty() const { return pointers().empty(); }
  const Verdict& operator[](std::size_t index) const { return *pointers()[index]; }

  [[nodiscard]] const std::vector<Pointer>& pointers() const {
    static const std::vector<Pointer> none;
    return pointers_ ? *pointers_ : none;
  }
  void assign(std::vector<Pointer> pointers) {
    pointers_ = std::make_shared<const std::vector<Pointer>>(std::move(pointers));
  }

  /// Whether the two are one list, copied: the cheap way to see that nothing changed. Lists that
  /// are not may still hold the same.
  [[nodiscard]] bool shares_with(const VerdictList& other) const {
    return pointers_ == other.pointers_;
  }

 private:
  std::shared_ptr<const std::vector<Pointer>> pointers_;  // nullptr: none
};

}  // namespace auditor::model
