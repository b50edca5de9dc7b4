#include "base/murmur3.h"

#include <bit>
#include <cstring>

namespace auditor::base {

namespace {

constexpr std::uint64_t c1 = 0x87C37B91114253D5U;
constexpr std::uint64_t c2 = 0x4CF5AD432745937FU;

std::uint64_t little_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    if (!bytes.empty()) {
      std::memcpy(&value, bytes.data(), bytes.size());
    }
    return value;
  }
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8U | bytes[i];
  }
  return value;
}

std::uint64_t mix_k1(std::uint64_t k) {
  return std::rotl(k * c1, 31) * c2;
}

std::uint64_t mix_k2(std::uint64_t k) {
  return std::rotl(k * c2, 33) * c1;
}

std::uint64_t finalize(std::uint64_t k) {
  k ^= k >> 33U;
  k *= 0xFF51AFD7ED558CCDU;
  k ^= k >> 33U;
  k *= 0xC4CEB9FE1A85EC53U;
  return k ^ k >> 33U;
}

}  // namespace

Hash128 murmur3_x64_128(std::span<const std::uint8_t> data) {
  std::uint64_t h1 = 0;
  std::uint64_t h2 = 0;
  const std::size_t length = data.size();
  for (; data.size() >= 16; data = data.subspan(16)) {
    h1 ^= mix_k1(little_endian(data.first(8)));
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52DCE729U;
    h2 ^= mix_k2(little_endian(data.subspan(8, 8)));
    h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495AB5U;
  }
  if (data.size() > 8) {
    h2 ^= mix_k2(little_endian(data.subspan(8)));
    data = data.first(8);
  }
  h1 ^= mix_k1(little_endian(data));
  h1 ^= length;
  h2 ^= length;
  h1 += h2;
  h2 += h1;
  h1 = finalize(h1);
  h2 = finalize(h2);
  h1 += h2;
  h2 += h1;
  Hash128 hash{};
  for (std::size_t i = 0; i < 8; ++i) {
    hash.at(i) = static_cast<std::uint8_t>(h1 >> (8 * i));
    hash.at(i + 8) = static_cast<std::uint8_t>(h2 >> (8 * i));
  }
  return hash;
}

Hash128 murmur3_x64_128(std::string_view data) {
  return murmur3_x64_128(
      std::span(reinterpret_cast<const std::uint8_t*>(data.data()), data.size()));
}

std::string to_hex(const Hash128& hash) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::array<char, 2 * std::tuple_size_v<Hash128>> text{};
  for (std::size_t i = 0; i < hash.size(); ++i) {
    text.at(2 * i) = hex[hash.at(i) >> 4U];
    text.at(2 * i + 1) = hex[hash.at(i) & 15U];
  }
  return {text.data(), text.size()};
}

std::optional<Hash128> from_hex(std::string_view text) {
  Hash128 hash{};
  if (text.size() != 2 * hash.size()) {
    return std::nullopt;
  }
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    hash.at(i) = static_cast<std::uint8_t>(high * 16 + low);
  }
  return hash;
}

}  // namespace auditor::base
