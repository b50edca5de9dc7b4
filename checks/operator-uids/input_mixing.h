#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "checks/operator-uids/uid_knowledge.h"

namespace auditor::checks {

/// An id that an input may have, and what follows if it does. Small and flat: there are many.
struct Candidate {
  enum class Kind : std::uint8_t {
    known,     ///< the id of `op` (`nowhere`: of one of several) is known
    uid,       ///< `op`, or any other operator of the chain, has `uid`
    likely,    ///< `op` follows `from` as the traversal has it; `from` may have `uid`
    searched,  ///< `op` follows `from` at `positions`
  };
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  IdBits id;
  const std::string* uid = nullptr;
  std::uint32_t op = nowhere;
  std::uint32_t from = nowhere;
  std::array<std::uint16_t, longest_way> positions{};
  Kind kind = Kind::known;
};

/// Which ids the inputs of a vertex may have, and which of them mix into its own.
class InputMixing {
 public:
  using Allowance = PositionSearch::Allowance;
  using Lists = std::vector<std::vector<Candidate>>;  ///< one for each input, in the plan's order

  explicit InputMixing(UidKnowledge& facts) : facts_(facts) {}

  /// Supposes that each operator has this position (`traverse`); empty: supposes nothing.
  void suppose(std::vector<std::uint32_t> positions) { likely_ = std::move(positions); }

  /// What is known, and what follows from what is supposed.
  [[nodiscard]] Lists known(std::size_t v);

  /// What is known, the UIDs that operators may have, and every way to those without one.
  [[nodiscard]] Lists searched(std::size_t v, Allowance& allowance);

  /// The ways to the operators of a vertex without a known id, each shape once, short ones first.
  [[nodiscard]] std::vector<Way> distinct_ways(std::size_t v, Allowance& allowance) const;

  /// Tries all ways to mix one candidate of each list, in all orders, into the id of the vertex,
  /// and takes up the first that fits. `any_outputs`: also for another number of chained outputs
  /// than the plan shows.
  bool mix(std::size_t v, const Lists& lists, bool any_outputs, Allowance& allowance);

 private:
  void add_known(std::size_t v, std::vector<Candidate>& list) const;
  void add_likely(const ChainVertex& vertex, bool guess, std::vector<Candidate>& list);
  void add_searched(std::size_t v, std::vector<Candidate>& list, Allowance& allowance);
  [[nodiscard]] bool worth_a_table(const Lists& lists) const;
  bool mix_in_order(std::size_t v, const Lists& lists, const std::vector<std::size_t>& order,
                    bool any_outputs, Allowance& allowance);
  bool meet_in_order(std::size_t v, const Lists& lists, const std::vector<std::size_t>& order,
                     Allowance& allowance);
  bool accept(std::size_t v, const Lists& lists, const std::vector<std::size_t>& order,
              const std::vector<std::size_t>& chosen, const Position& at);
  std::optional<std::size_t> take(const Candidate& candidate, std::size_t v);
  [[nodiscard]] Way way_of(const Candidate& candidate) const;

  UidKnowledge& facts_;
  std::vector<std::uint32_t> likely_;  ///< by operator; empty: nothing is supposed
};

}  // namespace auditor::checks
