#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace auditor::base {

/// 16 bytes of hash: h1 little-endian, then h2 little-endian, as Guava's HashCode.asBytes gives
/// them.
using Hash128 = std::array<std::uint8_t, 16>;

/// MurmurHash3 x64 128 bit with seed 0: what Flink's StreamGraphHasherV2 hashes operators with.
Hash128 murmur3_x64_128(std::span<const std::uint8_t> data);
Hash128 murmur3_x64_128(std::string_view data);

/// 32 lower-case hex digits, as Flink prints an OperatorID.
std::string to_hex(const Hash128& hash);

/// What `to_hex` was given, from what it gave; nullopt for any other text.
std::optional<Hash128> from_hex(std::string_view text);

}  // namespace auditor::base
