#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "checks/operator-uids/operator_ids.h"

namespace auditor::checks {

/// A set of sums, each with what gives it.
class SumTable {
 public:
  explicit SumTable(std::size_t size);

  /// At most `size` of them; `origin` tells what gives the sum.
  void add(const IdBits& sum, std::uint64_t origin) {
    const std::uint64_t bit = sum.high & filter_mask_;
    filter_[bit / 64] |= std::uint64_t{1} << bit % 64;
    std::uint64_t slot = sum.low & mask_;
    while (entries_[slot].origin != none) {
      slot = (slot + 1) & mask_;
    }
    entries_[slot] = {sum.low, origin};
  }

  /// The first origin of the sum for which `accept` gives true. Compare the whole sum there: the
  /// table keeps half of it.
  template <class Accept>
  std::optional<std::uint64_t> find(const IdBits& sum, const Accept& accept) const {
    const std::uint64_t bit = sum.high & filter_mask_;
    if ((filter_[bit / 64] >> bit % 64 & 1U) == 0) {
      return std::nullopt;
    }
    for (std::uint64_t slot = sum.low & mask_; entries_[slot].origin != none;
         slot = (slot + 1) & mask_) {
      if (entries_[slot].half == sum.low && accept(entries_[slot].origin)) {
        return entries_[slot].origin;
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  struct Entry {
    std::uint64_t half = 0;
    std::uint64_t origin = none;
  };
  std::vector<std::uint64_t> filter_;  ///< a bit for each sum: most misses end here
  std::vector<Entry> entries_;
  std::uint64_t mask_;
  std::uint64_t filter_mask_;
};

/// Finds which positions an automatic id can come from.
///
/// Each operator without a UID adds one term, its position's hash times 37, by XOR, as long as
/// every operator on the way has one input. So the id at the end of a path of such operators, XOR
/// the id at its start, is a sum of one term each; and positions rise along the path. A sum of few
/// terms is found term by term, a longer one by meeting in the middle.
class PositionSearch {
 public:
  /// Positions 0 … `count` − 1; below `first_after_sources` there are sources only. Between the
  /// position of an operator and that of one that follows it, through one input, there are at most
  /// `widest` others.
  PositionSearch(std::uint32_t count, std::uint32_t first_after_sources, std::uint32_t widest);

  [[nodiscard]] std::uint32_t count() const { return count_; }

  /// The term of a position.
  IdBits term(const Position& at) { return terms_of(at.chained_outputs).terms[at.position]; }

  /// The position whose term it is, for so many chained outputs.
  std::optional<Position> find(const IdBits& term, std::size_t chained_outputs);

  /// The same for any number of chained outputs up to eight, and for `chained_outputs`: what the
  /// plan shows is tried first.
  std::optional<Position> find_any(const IdBits& term, std::size_t chained_outputs);

  /// What a search may cost, in looked-up sums.
  struct Allowance {
    std::uint64_t steps = 0;
    bool complete = true;  ///< set to false where a search did not try everything
  };

  /// Rising positions whose terms add up to `sum`, one for each of `chained_outputs`; the first one
  /// after `start` (nullopt: unknown). Empty for none.
  std::vector<std::uint32_t> find_path(const IdBits& sum,
                                       std::span<const std::size_t> chained_outputs,
                                       std::optional<std::uint32_t> start, Allowance& allowance);

  /// Calls `visit(sum, positions)` for the terms of every such path until it gives true; whether it
  /// did.
  using Visit = std::function<bool(const IdBits& sum, std::span<const std::uint32_t> positions)>;
  bool each_path(std::span<const std::size_t> chained_outputs, std::optional<std::uint32_t> start,
                 Allowance& allowance, const Visit& visit);

  /// No fewer than there are paths of so many operators.
  [[nodiscard]] std::uint64_t paths(std::size_t length) const;

  /// Tells that an operator at `child` follows, through its only input, one at `parent`. Flink
  /// numbers operators first in, first out, so that every such pair narrows where others can be.
  void learn(std::uint32_t parent, std::uint32_t child);

  /// Tells which operator has a position: no other can be there, and no path leads through it.
  void take(std::uint32_t position) { taken_[position] = true; }
  [[nodiscard]] bool is_taken(std::uint32_t position) const { return taken_[position]; }

 private:
  struct Range {
    std::uint32_t from;
    std::uint32_t to;  ///< one past the last
  };

  struct Terms {
    std::vector<IdBits> terms;
    SumTable index;
  };

  /// `each_path` without the cost of a `std::function`, for the innermost loops.
  template <class Visitor>
  bool enumerate(std::span<const std::size_t> chained_outputs, std::optional<std::uint32_t> start,
                 Allowance& allowance, const Visitor& visit);

  const Terms& terms_of(std::size_t chained_outputs);
  const SumTable* sums_of(std::span<const std::size_t> chained_outputs, Allowance& allowance);
  [[nodiscard]] std::size_t terms_in_table(std::size_t path) const;
  [[nodiscard]] Range first_range(std::optional<std::uint32_t> start) const;
  [[nodiscard]] Range range_after(std::uint32_t parent) const;
  std::vector<std::uint32_t> walk(const IdBits& sum, std::span<const std::size_t> chained_outputs,
                                  std::optional<std::uint32_t> start, Allowance& allowance);
  std::vector<std::uint32_t> meet(const IdBits& sum, std::span<const std::size_t> chained_outputs,
                                  std::size_t in_table, Allowance& allowance);

  std::uint32_t count_;
  std::uint32_t first_after_sources_;
  std::uint32_t widest_;
  std::vector<bool> taken_;
  std::vector<std::unique_ptr<const Terms>> terms_;  ///< by chained outputs
  std::map<std::vector<std::size_t>, SumTable> sums_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> known_;  ///< parent and child, sorted
};

}  // namespace auditor::checks
