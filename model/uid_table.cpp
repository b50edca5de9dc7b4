#include "model/uid_table.h"

#include <cstring>

#include "base/text.h"

namespace auditor::model {

namespace {

/// An id is a hash: any of its bytes will do.
std::size_t bucket(const base::Hash128& id) {
  std::size_t value = 0;
  std::memcpy(&value, id.data(), sizeof value);
  return value;
}

std::uint32_t tag(const base::Hash128& id) {
  std::uint32_t value = 0;
  std::memcpy(&value, id.data() + sizeof(std::size_t), sizeof value);
  return value;
}

/// The strings of one line of Java, Kotlin, Scala or Python that stand between two `quote`s; what a
/// backslash escapes is kept as it stands, for UIDs hold none.
void add_quoted(std::string_view line, char quote, std::vector<std::string_view>& words) {
  std::size_t open = line.find(quote);
  while (open != std::string_view::npos) {
    std::size_t close = open + 1;
    while (close < line.size() && line[close] != quote) {
      close += line[close] == '\\' ? 2U : 1U;
    }
    if (close >= line.size()) {
      return;
    }
    words.push_back(line.substr(open + 1, close - open - 1));
    open = line.find(quote, close + 1);
  }
}

}  // namespace

std::size_t UidTable::slot_of(const base::Hash128& id) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = bucket(id) & mask;
  while (slots_[slot].place != 0 &&
         (slots_[slot].tag != tag(id) || entries_[slots_[slot].place - 1].id != id)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void UidTable::grow() {
  constexpr std::size_t least = 64;
  slots_.assign(slots_.empty() ? least : 2 * slots_.size(), {});
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const base::Hash128& id = entries_[i].id;
    slots_[slot_of(id)] = {static_cast<std::uint32_t>(i + 1), tag(id)};
  }
}

base::Hash128 UidTable::add(std::string_view uid) {
  if (2 * (entries_.size() + 1) > slots_.size()) {
    grow();
  }
  const base::Hash128 id = base::murmur3_x64_128(uid);
  const std::size_t slot = slot_of(id);
  if (slots_[slot].place == 0) {
    entries_.push_back({id, std::string(uid)});
    slots_[slot] = {static_cast<std::uint32_t>(entries_.size()), tag(id)};
  }
  return id;
}

const std::string* UidTable::find(const base::Hash128& id) const {
  if (entries_.empty()) {
    return nullptr;
  }
  const std::uint32_t found = slots_[slot_of(id)].place;
  return found == 0 ? nullptr : &entries_[found - 1].uid;
}

std::vector<std::string_view> uid_words(std::string_view file) {
  constexpr std::size_t longest = 255;
  std::vector<std::string_view> words;
  for (const std::string_view line : base::split(file, '\n')) {
    words.push_back(base::trim(line));
    add_quoted(line, '"', words);
    add_quoted(line, '\'', words);
  }
  std::erase_if(words, [](std::string_view word) { return word.empty() || word.size() > longest; });
  return words;
}

}  // namespace auditor::model
