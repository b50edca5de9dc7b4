#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "model/verdict.h"

namespace auditor::model {

/// Verdicts that may be shared: one that holds from look to look is made once. Reads as a range of
/// `const Verdict&`.
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
    pointers_.reserve(verdicts.size());
    for (Verdict& verdict : verdicts) {
      pointers_.push_back(std::make_shared<const Verdict>(std::move(verdict)));
    }
  }

  [[nodiscard]] Iterator begin() const { return Iterator(pointers_.data()); }
  [[nodiscard]] Iterator end() const { return Iterator(pointers_.data() + pointers_.size()); }
  [[nodiscard]] std::size_t size() const { return pointers_.size(); }
  [[nodiscard]] bool empty() const { return pointers_.empty(); }
  const Verdict& operator[](std::size_t index) const { return *pointers_[index]; }

  [[nodiscard]] const std::vector<Pointer>& pointers() const { return pointers_; }
  [[nodiscard]] std::vector<Pointer>& pointers() { return pointers_; }

 private:
  std::vector<Pointer> pointers_;
};

}  // namespace auditor::model
