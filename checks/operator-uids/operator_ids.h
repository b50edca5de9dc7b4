#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/murmur3.h"

/// How Flink gives operators their ids (StreamGraphHasherV2, the same from 1.13 to 2.3; flink-facts
/// D). A vertex' id is the id of its chain's head.
namespace auditor::checks {

using OperatorId = base::Hash128;

/// Reads 32 lower-case hex digits, the form that Flink prints; nullopt for all else.
std::optional<OperatorId> parse_operator_id(std::string_view text);

/// The id that `.uid(uid)` gives.
OperatorId id_of_uid(std::string_view uid);

/// Where an operator without a UID stands: how many ids were given before its own, and how many
/// operators are chained to it.
struct Position {
  std::uint32_t position = 0;
  std::size_t chained_outputs = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

/// The id of an operator without a UID: its position, into which the ids of its inputs are mixed in
/// edge order. Nothing else goes in, no name and no parallelism.
OperatorId automatic_id(const Position& at, std::span<const OperatorId> inputs = {});

/// "position 0, 1 chained output".
std::string to_text(const Position& at);

/// "cbc357cc…".
std::string short_hex(const OperatorId& id);

/// The 16 bytes of an id as two words, for mixing eight bytes at once. Which byte is where does not
/// matter: each is mixed by itself.
struct IdBits {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const IdBits&, const IdBits&) = default;
  friend IdBits operator^(const IdBits& a, const IdBits& b) {
    return {a.low ^ b.low, a.high ^ b.high};
  }
};

IdBits bits_of(const OperatorId& id);
OperatorId id_of(const IdBits& bits);

/// Flink mixes an input into an id as `id·37 XOR input`, each byte modulo 256. These are the two
/// halves: the product, and its inverse.
IdBits scaled(const IdBits& id);
IdBits unscaled(const IdBits& id);

}  // namespace auditor::checks
