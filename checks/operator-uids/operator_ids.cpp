#include "checks/operator-uids/operator_ids.h"

#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::checks {

namespace {

std::optional<std::uint8_t> digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<std::uint8_t>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<std::uint8_t>(c - 'a' + 10);
  }
  return std::nullopt;
}

/// Each of the eight bytes times `factor`, modulo 256: even and odd bytes apart, so that no product
/// runs into its neighbour.
std::uint64_t times(std::uint64_t bytes, std::uint64_t factor) {
  constexpr std::uint64_t even = 0x00FF00FF00FF00FFU;
  return ((bytes & even) * factor & even) | (((bytes >> 8U & even) * factor & even) << 8U);
}

constexpr std::uint64_t factor = 37;
constexpr std::uint64_t inverse = 173;  // 37 · 173 = 1 modulo 256

}  // namespace

std::optional<OperatorId> parse_operator_id(std::string_view text) {
  OperatorId id{};
  if (text.size() != 2 * id.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < id.size(); ++i) {
    const auto high = digit(text[2 * i]);
    const auto low = digit(text[2 * i + 1]);
    if (!high || !low) {
      return std::nullopt;
    }
    id.at(i) = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return id;
}

OperatorId id_of_uid(std::string_view uid) {
  return base::murmur3_x64_128(uid);
}

OperatorId automatic_id(const Position& at, std::span<const OperatorId> inputs) {
  constexpr std::size_t word = sizeof at.position;
  std::vector<std::uint8_t> data((1 + at.chained_outputs) * word);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::uint8_t>(at.position >> 8 * (i % word));
  }
  IdBits id = bits_of(base::murmur3_x64_128(data));
  for (const OperatorId& input : inputs) {
    id = scaled(id) ^ bits_of(input);
  }
  return id_of(id);
}

std::string to_text(const Position& at) {
  return fmt::format("position {}, {}", at.position,
                     base::plural(at.chained_outputs, "chained output"));
}

std::string short_hex(const OperatorId& id) {
  constexpr std::size_t shown = 8;
  return base::to_hex(id).substr(0, shown) + "…";
}

IdBits bits_of(const OperatorId& id) {
  IdBits bits;
  std::memcpy(&bits.low, id.data(), sizeof bits.low);
  std::memcpy(&bits.high, id.data() + sizeof bits.low, sizeof bits.high);
  return bits;
}

OperatorId id_of(const IdBits& bits) {
  OperatorId id{};
  std::memcpy(id.data(), &bits.low, sizeof bits.low);
  std::memcpy(id.data() + sizeof bits.low, &bits.high, sizeof bits.high);
  return id;
}

IdBits scaled(const IdBits& id) {
  return {times(id.low, factor), times(id.high, factor)};
}

IdBits unscaled(const IdBits& id) {
  return {times(id.low, inverse), times(id.high, inverse)};
}

}  // namespace auditor::checks
