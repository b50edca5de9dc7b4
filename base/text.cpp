#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include <fmt/format.h>

namespace auditor::base {

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return lower;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

bool glob_match(std::string_view pattern, std::string_view text) {
  // Greedy with one point to come back to: the last '*' seen and where its run ends.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t run_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      run_end = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++run_end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// One code point off the front of `text`; 0xFFFD and one byte where it is ill-formed.
std::uint32_t next_code_point(std::string_view& text) {
  constexpr std::uint32_t bad = 0xFFFD;
  const auto byte = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  std::size_t length = 1;
  std::uint32_t point = lead;
  std::uint32_t smallest = 0;
  if (lead >= 0xF0 && lead < 0xF8) {
    length = 4;
    point = lead & 0x07U;
    smallest = 0x10000;
  } else if (lead >= 0xE0) {
    length = lead < 0xF0 ? 3 : 0;
    point = lead & 0x0FU;
    smallest = 0x800;
  } else if (lead >= 0xC0) {
    length = 2;
    point = lead & 0x1FU;
    smallest = 0x80;
  } else if (lead >= 0x80) {
    length = 0;
  }
  if (length == 0 || length > text.size()) {
    text.remove_prefix(1);
    return bad;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) {
      text.remove_prefix(1);
      return bad;
    }
    point = point << 6U | (byte(i) & 0x3FU);
  }
  if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
    text.remove_prefix(1);
    return bad;
  }
  text.remove_prefix(length);
  return point;
}

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

template <std::size_t N>
bool in_any(const std::array<Range, N>& ranges, std::uint32_t point) {
  return std::ranges::any_of(
      ranges, [point](const Range& range) { return point >= range.first && point <= range.last; });
}

/// Printable ASCII alone, as nearly all that is shown.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::size_t columns_of(std::uint32_t point) {
  // Unicode's East Asian Width W and F, and the marks of zero width, in the blocks that names are
  // written in.
  constexpr std::array<Range, 12> wide{{{0x1100, 0x115F},
                                        {0x2E80, 0x303E},
                                        {0x3041, 0x33FF},
                                        {0x3400, 0x4DBF},
                                        {0x4E00, 0x9FFF},
                                        {0xA000, 0xA4CF},
                                        {0xAC00, 0xD7A3},
                                        {0xF900, 0xFAFF},
                                        {0xFE30, 0xFE6F},
                                        {0xFF00, 0xFF60},
                                        {0x1F300, 0x1FAFF},
                                        {0x20000, 0x3FFFD}}};
  constexpr std::array<Range, 5> zero{
      {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}}};
  if (in_any(zero, point)) {
    return 0;
  }
  return in_any(wide, point) ? 2 : 1;
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string printable(std::string_view text) {
  if (is_plain(text)) {
    return std::string(text);
  }
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const std::uint32_t point = next_code_point(text);
    const std::string_view piece = before.substr(0, before.size() - text.size());
    // Also the C1 controls, and the marks that turn the direction of writing: both fool a terminal.
    const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0) ||
                         (point >= 0x202A && point <= 0x202E) ||
                         (point >= 0x2066 && point <= 0x2069);
    if (control) {
      out += ' ';
    } else if (point == 0xFFFD) {
      out += "\uFFFD";
    } else {
      out += piece;
    }
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  if (is_plain(text)) {
    return text.size();
  }
  std::size_t columns = 0;
  while (!text.empty()) {
    columns += columns_of(next_code_point(text));
  }
  return columns;
}

std::string shorten(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) {
    return std::string(text);
  }
  if (columns > 0 && is_plain(text)) {
    return std::string(text.substr(0, columns - 1)) + "…";
  }
  std::string_view rest = text;
  std::size_t used = 0;
  std::size_t keep = 0;
  while (!rest.empty()) {
    used += columns_of(next_code_point(rest));
    if (used + 1 > columns) {
      break;
    }
    keep = text.size() - rest.size();
  }
  return std::string(text.substr(0, keep)) + "…";
}

std::string plural(std::size_t count, std::string_view noun, std::string_view nouns) {
  if (count == 1) {
    return fmt::format("1 {}", noun);
  }
  return nouns.empty() ? fmt::format("{} {}s", count, noun) : fmt::format("{} {}", count, nouns);
}

std::string unescape_html(std::string_view text) {
  struct Entity {
    std::string_view name;
    std::string_view meaning;
  };
  constexpr std::array<Entity, 7> entities{{{"&gt;", ">"},
                                            {"&lt;", "<"},
                                            {"&amp;", "&"},
                                            {"&quot;", "\""},
                                            {"&#92;", "\\"},
                                            {"&#39;", "'"},
                                            {"<br/>", "\n"}}};
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto* const entity = std::ranges::find_if(
        entities, [text](const Entity& e) { return text.starts_with(e.name); });
    if (entity == entities.end()) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += entity->meaning;
      text.remove_prefix(entity->name.size());
    }
  }
  return out;
}

}  // namespace auditor::base
