#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "model/verdict.h"

namespace auditor::model {

/// Verdicts that may be shared, as may the list: what holds from look to look is made once. A list
/// keeps its verdicts by the block, so that one that has most of another's is made without touching
/// those. Reads as a range of `const Verdict&`.
class VerdictList {
 public:
  using Pointer = std::shared_ptr<const Verdict>;
  /// What comes and goes together: the verdicts of one job. Not nullptr.
  using Block = std::shared_ptr<const std::vector<Pointer>>;

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = Verdict;
    using pointer = const Verdict*;
    using reference = const Verdict&;

    Iterator() = default;
    explicit Iterator(const Pointer* const* at) : at_(at) {}
    reference operator*() const { return ***at_; }
    pointer operator->() const { return (*at_)->get(); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(at_++); }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Pointer* const* at_ = nullptr;
  };

  VerdictList() = default;
  VerdictList(std::vector<Verdict> verdicts)  // implicit: verdicts are a list
      : VerdictList(std::vector{
            std::make_shared<const std::vector<Pointer>>(pointers_to(std::move(verdicts)))}) {}
  /// One block after the other.
  explicit VerdictList(std::vector<Block> blocks);

  static std::vector<Pointer> pointers_to(std::vector<Verdict> verdicts);

  [[nodiscard]] Iterator begin() const { return Iterator(pointers().data()); }
  [[nodiscard]] Iterator end() const { return Iterator(pointers().data() + size()); }
  [[nodiscard]] std::size_t size() const { return pointers().size(); }
  [[nodiscard]] bool empty() const { return pointers().empty(); }
  const Verdict& operator[](std::size_t index) const { return **pointers()[index]; }

  /// They live as long as a list that has them. Of a block that two lists share, both give the
  /// same addresses.
  [[nodiscard]] const std::vector<const Pointer*>& pointers() const {
    static const std::vector<const Pointer*> none;
    return content_ ? content_->pointers : none;
  }

  /// The same verdicts in another order: its n-th is the `order[n]`-th of this list.
  [[nodiscard]] VerdictList in_order(std::span<const std::size_t> order) const;

  /// The same list, but with others at some places.
  struct Replacement {
    std::size_t index;
    Pointer verdict;
  };
  [[nodiscard]] VerdictList with(std::span<const Replacement> replacements) const;

  /// Whether the two are one list, copied: the cheap way to see that nothing changed. Lists that
  /// are not may still hold the same.
  [[nodiscard]] bool shares_with(const VerdictList& other) const {
    return content_ == other.content_;
  }

 private:
  struct Content {
    std::vector<const Pointer*> pointers;
    std::vector<Block> blocks;  // what `pointers` lie in
  };

  std::shared_ptr<const Content> content_;  // nullptr: none
};

}  // namespace auditor::model
