#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/murmur3.h"

namespace auditor::model {

/// UIDs by the OperatorID that each gives (flink-facts D.1): which UID an operator has can be told
/// where it is among them.
class UidTable {
 public:
  struct Entry {
    base::Hash128 id{};
    std::string uid;
  };

  /// Takes a UID up, once; gives its id.
  base::Hash128 add(std::string_view uid);

  /// The UID that gives the id; nullptr where it is not here.
  [[nodiscard]] const std::string* find(const base::Hash128& id) const;

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  [[nodiscard]] std::size_t slot_of(const base::Hash128& id) const;
  void grow();

  struct Slot {
    std::uint32_t place = 0;  ///< 1 + the place in `entries_`; 0 is free
    std::uint32_t tag = 0;    ///< a part of the id, so that most misses touch no entry
  };
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;
};

/// What a file given by `--uid-words` holds: each of its lines, and each string in quotes, so that
/// the source files of a job will do. White space around a line and words of more than 255 bytes
/// are left out.
std::vector<std::string_view> uid_words(std::string_view file);

}  // namespace auditor::model
