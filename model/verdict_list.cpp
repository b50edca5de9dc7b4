#include "model/verdict_list.h"

namespace auditor::model {

VerdictList::VerdictList(std::vector<Block> blocks) {
  std::size_t count = 0;
  for (const Block& block : blocks) {
    count += block->size();
  }
  std::vector<const Pointer*> pointers;
  pointers.reserve(count);
  for (const Block& block : blocks) {
    for (const Pointer& pointer : *block) {
      pointers.push_back(&pointer);
    }
  }
  content_ = std::make_shared<const Content>(Content{std::move(pointers), std::move(blocks)});
}

std::vector<VerdictList::Pointer> VerdictList::pointers_to(std::vector<Verdict> verdicts) {
  std::vector<Pointer> pointers;
  pointers.reserve(verdicts.size());
  for (Verdict& verdict : verdicts) {
    pointers.push_back(std::make_shared<const Verdict>(std::move(verdict)));
  }
  return pointers;
}

VerdictList VerdictList::in_order(std::span<const std::size_t> order) const {
  Content content;
  content.pointers.reserve(order.size());
  for (const std::size_t index : order) {
    content.pointers.push_back(pointers()[index]);
  }
  if (content_) {
    content.blocks = content_->blocks;
  }
  VerdictList list;
  list.content_ = std::make_shared<const Content>(std::move(content));
  return list;
}

VerdictList VerdictList::with(std::span<const Replacement> replacements) const {
  if (replacements.empty()) {
    return *this;
  }
  std::vector<Pointer> others;
  others.reserve(replacements.size());
  for (const Replacement& replacement : replacements) {
    others.push_back(replacement.verdict);
  }
  Content content{pointers(), content_->blocks};
  content.blocks.push_back(std::make_shared<const std::vector<Pointer>>(std::move(others)));
  for (std::size_t i = 0; i < replacements.size(); ++i) {
    content.pointers[replacements[i].index] = &(*content.blocks.back())[i];
  }
  VerdictList list;
  list.content_ = std::make_shared<const Content>(std::move(content));
  return list;
}

}  // namespace auditor::model
