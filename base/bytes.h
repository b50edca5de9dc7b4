#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace auditor::base {

/// A size. 64 bits, signed, as Flink's REST API sends it.
struct Bytes {
  std::int64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

constexpr Bytes kibibytes(std::int64_t n) {
  return {n * 1024};
}
constexpr Bytes mebibytes(std::int64_t n) {
  return {n * 1024 * 1024};
}
constexpr Bytes gibibytes(std::int64_t n) {
  return {n * 1024 * 1024 * 1024};
}

/// "512 B", "1.5 KiB", "3.2 GiB": three significant digits at most, binary units.
std::string format_bytes(Bytes size);

/// Reads "1024", "10 mb", "2g", "64kb" as Flink's MemorySize does (units are binary); nullopt where
/// it does not parse.
std::optional<Bytes> parse_bytes(std::string_view text);

}  // namespace auditor::base
