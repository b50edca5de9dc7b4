#include "model/matcher.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::model {

namespace {

using base::ErrorKind;
using base::Result;

// Longer ones first: each is tried at the same place.
constexpr std::array<std::pair<std::string_view, Matcher::Kind>, 4> signs{{
    {"=~", Matcher::Kind::matches},
    {"!~", Matcher::Kind::not_matches},
    {"!=", Matcher::Kind::not_equal},
    {"=", Matcher::Kind::equal},
}};

std::string_view sign_of(Matcher::Kind kind) {
  return std::ranges::find(signs, kind, &decltype(signs)::value_type::second)->first;
}

tl::unexpected<base::Error> wrong(std::string_view text, std::string_view why) {
  return base::fail(ErrorKind::usage,
                    fmt::format("\"{}\" {}; a matcher looks like severity=~\"high|critical\", with "
                                "one of = != =~ !~",
                                base::shorten(base::printable(text), 80), why));
}

bool is_label(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// The text between quotes, of which \" \\ and \n are escaped; nullopt where it is not closed at
/// its end. Any other backslash stays: it is the expression's.
std::optional<std::string> unquoted(std::string_view text) {
  std::string value;
  value.reserve(text.size());
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      return i + 1 == text.size() ? std::optional(value) : std::nullopt;
    }
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[i + 1];
      if (next == '"' || next == '\\' || next == 'n') {
        value += next == 'n' ? '\n' : next;
        ++i;
        continue;
      }
    }
    value += text[i];
  }
  return std::nullopt;
}

}  // namespace

Result<Matcher> parse_matcher(std::string_view text) {
  const std::string_view whole = base::trim(text);
  const std::size_t at = whole.find_first_of("=!");
  if (at == std::string_view::npos) {
    return wrong(text, "has no = in it");
  }
  const auto sign = std::ranges::find_if(
      signs, [&](const auto& one) { return whole.substr(at).starts_with(one.first); });
  if (sign == signs.end()) {
    return wrong(text, "has no = behind its !");
  }
  Matcher matcher;
  matcher.kind = sign->second;
  matcher.label = base::trim(whole.substr(0, at));
  if (!is_label(matcher.label)) {
    return wrong(text, "begins with no label's name (letters, digits and _)");
  }
  const std::string_view value = base::trim(whole.substr(at + sign->first.size()));
  if (value.starts_with('"')) {
    auto inner = unquoted(value);
    if (!inner) {
      return wrong(text, "has a quote that does not close at its end");
    }
    matcher.value = std::move(*inner);
    return matcher;
  }
  if (value.find_first_of("\"',{} \t\n") != std::string_view::npos) {
    return wrong(text, "has a value that wants \"…\" around it");
  }
  matcher.value = value;
  return matcher;
}

std::string to_text(const Matcher& matcher) {
  std::string value;
  value.reserve(matcher.value.size());
  for (const char c : matcher.value) {
    if (c == '"' || c == '\\') {
      value += '\\';
    }
    if (c == '\n') {
      value += "\\n";
      continue;
    }
    value += c;
  }
  return fmt::format("{}{}\"{}\"", matcher.label, sign_of(matcher.kind), value);
}

std::string_view label_of(const std::map<std::string, std::string>& labels,
                          const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace auditor::model
