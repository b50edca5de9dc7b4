#include "checks/operator-uids/position_search.h"

#include <algorithm>
#include <array>
#include <bit>

namespace auditor::checks {

namespace {

constexpr std::size_t usual_outputs = 8;
/// 6 MB: all pairs of 600 positions, all triples of 110.
constexpr std::uint64_t most_sums = 200'000;
constexpr std::size_t longest_table_path = 3;
constexpr unsigned bits_of_position = 20;

std::uint64_t pack(std::span<const std::uint32_t> positions) {
  std::uint64_t packed = 0;
  for (const std::uint32_t position : positions) {
    packed = packed << bits_of_position | position;
  }
  return packed;
}

/// The position `from_end` places before the last one packed.
std::uint32_t unpack(std::uint64_t packed, std::size_t from_end) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << bits_of_position) - 1;
  return static_cast<std::uint32_t>(packed >> bits_of_position * from_end & mask);
}

/// How many ways there are to take `taken` of `count`, up to `most_sums` + 1.
std::uint64_t combinations(std::uint64_t count, std::size_t taken) {
  std::uint64_t result = 1;
  for (std::size_t i = 0; i < taken; ++i) {
    result = count < i ? 0 : result * (count - i) / (i + 1);
    if (result > most_sums) {
      return most_sums + 1;
    }
  }
  return result;
}

}  // namespace

SumTable::SumTable(std::size_t size)
    : filter_(std::bit_ceil(size / 8 + 1)),
      entries_(std::bit_ceil(size + size / 2 + 1)),
      mask_(entries_.size() - 1),
      filter_mask_(filter_.size() * 64 - 1) {}

PositionSearch::PositionSearch(std::uint32_t count, std::uint32_t first_after_sources,
                               std::uint32_t widest)
    : count_(count), first_after_sources_(first_after_sources), widest_(widest), taken_(count) {}

const PositionSearch::Terms& PositionSearch::terms_of(std::size_t chained_outputs) {
  if (chained_outputs >= terms_.size()) {
    terms_.resize(chained_outputs + 1);
  }
  if (!terms_[chained_outputs]) {
    Terms made{{}, SumTable(count_)};
    made.terms.reserve(count_);
    for (std::uint32_t position = 0; position < count_; ++position) {
      made.terms.push_back(scaled(bits_of(automatic_id({position, chained_outputs}))));
      made.index.add(made.terms.back(), position);
    }
    terms_[chained_outputs] = std::make_unique<const Terms>(std::move(made));
  }
  return *terms_[chained_outputs];
}

std::optional<Position> PositionSearch::find(const IdBits& term, std::size_t chained_outputs) {
  const Terms& known = terms_of(chained_outputs);
  const auto found =
      known.index.find(term, [&](std::uint64_t position) { return known.terms[position] == term; });
  return found ? std::optional(Position{static_cast<std::uint32_t>(*found), chained_outputs})
               : std::nullopt;
}

std::optional<Position> PositionSearch::find_any(const IdBits& term, std::size_t chained_outputs) {
  if (const auto found = find(term, chained_outputs)) {
    return found;
  }
  for (std::size_t outputs = 0; outputs <= usual_outputs; ++outputs) {
    if (const auto found = find(term, outputs)) {
      return found;
    }
  }
  return std::nullopt;
}

void PositionSearch::learn(std::uint32_t parent, std::uint32_t child) {
  const std::pair pair{parent, child};
  const auto at = std::ranges::lower_bound(known_, pair);
  if (at == known_.end() || *at != pair) {
    known_.insert(at, pair);
  }
}

PositionSearch::Range PositionSearch::first_range(std::optional<std::uint32_t> start) const {
  return start ? range_after(*start) : Range{first_after_sources_, count_};
}

PositionSearch::Range PositionSearch::range_after(std::uint32_t parent) const {
  Range range{std::max(parent + 1, first_after_sources_), std::min(count_, parent + widest_ + 2)};
  const auto later =
      std::ranges::upper_bound(known_, parent, {}, &std::pair<std::uint32_t, std::uint32_t>::first);
  if (later != known_.end()) {
    range.to = std::min(range.to, later->second);
  }
  const auto same =
      std::ranges::lower_bound(known_, parent, {}, &std::pair<std::uint32_t, std::uint32_t>::first);
  if (same != known_.begin()) {
    range.from = std::max(range.from, std::prev(same)->second + 1);
  }
  return range;
}

template <class Visitor>
bool PositionSearch::enumerate(std::span<const std::size_t> chained_outputs,
                               std::optional<std::uint32_t> start, Allowance& allowance,
                               const Visitor& visit) {
  const std::size_t length = chained_outputs.size();
  if (length == 0) {
    return visit(IdBits{}, std::span<const std::uint32_t>());
  }
  std::vector<const std::vector<IdBits>*> terms;
  for (const std::size_t outputs : chained_outputs) {
    terms.push_back(&terms_of(outputs).terms);
  }
  std::vector<std::uint32_t> positions(length);
  std::vector<Range> ranges(length);
  std::vector<IdBits> sums(length + 1);
  std::size_t level = 0;
  ranges[0] = first_range(start);
  while (true) {
    Range& range = ranges[level];
    if (range.from >= range.to) {
      if (level == 0) {
        return false;
      }
      --level;
      continue;
    }
    const std::uint32_t position = range.from++;
    if (taken_[position]) {
      continue;
    }
    positions[level] = position;
    sums[level + 1] = sums[level] ^ (*terms[level])[position];
    if (level + 1 < length) {
      ++level;
      ranges[level] = range_after(position);
      continue;
    }
    if (allowance.steps == 0) {
      allowance.complete = false;
      return false;
    }
    --allowance.steps;
    if (visit(sums[length], std::span<const std::uint32_t>(positions))) {
      return true;
    }
  }
}

bool PositionSearch::each_path(std::span<const std::size_t> chained_outputs,
                               std::optional<std::uint32_t> start, Allowance& allowance,
                               const Visit& visit) {
  return enumerate(chained_outputs, start, allowance, visit);
}

std::vector<std::uint32_t> PositionSearch::walk(const IdBits& sum,
                                                std::span<const std::size_t> chained_outputs,
                                                std::optional<std::uint32_t> start,
                                                Allowance& allowance) {
  std::vector<std::uint32_t> found;
  const std::size_t last = chained_outputs.back();
  enumerate(chained_outputs.first(chained_outputs.size() - 1), start, allowance,
            [&](const IdBits& before, std::span<const std::uint32_t> positions) {
              const auto at = find(sum ^ before, last);
              if (!at || taken_[at->position] ||
                  (!positions.empty() && at->position <= positions.back())) {
                return false;
              }
              found.assign(positions.begin(), positions.end());
              found.push_back(at->position);
              return true;
            });
  return found;
}

std::size_t PositionSearch::terms_in_table(std::size_t path) const {
  for (std::size_t terms = std::min(longest_table_path, path / 2 + path % 2); terms > 1; --terms) {
    if (combinations(count_, terms) <= most_sums) {
      return terms;
    }
  }
  return 1;
}

/// nullptr where the allowance does not reach for making it.
const SumTable* PositionSearch::sums_of(std::span<const std::size_t> chained_outputs,
                                        Allowance& allowance) {
  std::vector<std::size_t> key(chained_outputs.begin(), chained_outputs.end());
  const auto found = sums_.find(key);
  if (found != sums_.end()) {
    return &found->second;
  }
  const std::uint64_t size = combinations(count_, chained_outputs.size());
  if (allowance.steps < size) {
    allowance.complete = false;
    return nullptr;
  }
  allowance.steps -= size;
  constexpr std::size_t most_tables = 4;
  if (sums_.size() >= most_tables) {
    sums_.erase(sums_.begin());
  }
  SumTable table(size);
  // All rising positions, whatever is learnt meanwhile: the table outlives what is known now.
  std::array<std::uint32_t, longest_table_path> positions{};
  const std::span<std::uint32_t> used(positions.data(), chained_outputs.size());
  const auto fill = [&](const auto& self, std::size_t level, const IdBits& sum) -> void {
    if (level == used.size()) {
      table.add(sum, pack(used));
      return;
    }
    const std::vector<IdBits>& terms = terms_of(chained_outputs[level]).terms;
    for (std::uint32_t p = level == 0 ? 0 : used[level - 1] + 1; p < count_; ++p) {
      used[level] = p;
      self(self, level + 1, sum ^ terms[p]);
    }
  };
  fill(fill, 0, {});
  return &sums_.emplace(std::move(key), std::move(table)).first->second;
}

std::vector<std::uint32_t> PositionSearch::meet(const IdBits& sum,
                                                std::span<const std::size_t> chained_outputs,
                                                std::size_t in_table, Allowance& allowance) {
  const auto front = chained_outputs.first(in_table);
  std::vector<std::uint32_t> found;
  const SumTable* table = sums_of(front, allowance);
  if (table == nullptr) {
    return found;
  }
  enumerate(chained_outputs.subspan(in_table), std::nullopt, allowance,
            [&](const IdBits& behind, std::span<const std::uint32_t> positions) {
              const IdBits wanted = sum ^ behind;
              const auto hit = table->find(wanted, [&](std::uint64_t packed) {
                if (unpack(packed, 0) >= positions.front()) {
                  return false;
                }
                IdBits whole;
                for (std::size_t i = 0; i < in_table; ++i) {
                  whole = whole ^ term({unpack(packed, in_table - 1 - i), front[i]});
                }
                return whole == wanted;
              });
              if (!hit) {
                return false;
              }
              for (std::size_t i = in_table; i-- > 0;) {
                found.push_back(unpack(*hit, i));
              }
              found.insert(found.end(), positions.begin(), positions.end());
              return true;
            });
  return found;
}

std::uint64_t PositionSearch::paths(std::size_t length) const {
  constexpr std::uint64_t enough = std::uint64_t{1} << 40U;
  std::uint64_t count = count_;
  for (std::size_t i = 1; i < length && count < enough; ++i) {
    count *= std::min(count_, widest_ + 1);
  }
  return count;
}

std::vector<std::uint32_t> PositionSearch::find_path(const IdBits& sum,
                                                     std::span<const std::size_t> chained_outputs,
                                                     std::optional<std::uint32_t> start,
                                                     Allowance& allowance) {
  const std::size_t in_table = terms_in_table(chained_outputs.size());
  constexpr std::size_t short_path = 3;
  if (chained_outputs.size() <= short_path || in_table < 2) {
    return walk(sum, chained_outputs, start, allowance);
  }
  if (start) {  // what is known may narrow the ranges so much that no table is needed
    constexpr std::uint64_t few = 2'000;
    Allowance quick{std::min(few, allowance.steps), true};
    auto found = walk(sum, chained_outputs, start, quick);
    allowance.steps -= std::min(few, allowance.steps) - quick.steps;
    if (!found.empty() || quick.complete) {
      return found;
    }
  }
  if (paths(chained_outputs.size() - in_table) > allowance.steps) {
    allowance.complete = false;  // a part of them would cost much and find little
    return {};
  }
  return meet(sum, chained_outputs, in_table, allowance);
}

}  // namespace auditor::checks
