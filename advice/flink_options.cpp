#include "advice/flink_options.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "auditor_flink_options.h"
#include "base/text.h"

namespace auditor::advice {

namespace {

struct Span {
  Release first;
  Release last;
  bool deprecated = false;
  bool uncertain = false;

  [[nodiscard]] bool covers(const Release& release) const {
    return first <= release && release <= last;
  }
};

/// An option that reads the key as an older name.
struct Reader {
  Span span;
  std::string_view name;
};

struct Option {
  std::vector<Span> spans;
  std::vector<Reader> readers;
};

struct Table {
  std::map<std::string_view, Option> options;  // by every name, old ones too
  std::vector<Release> releases;
};

/// "1.13-1.19!<old.name,older.name", as scripts/flink-options writes it.
void read_span(std::string_view key, std::string_view text, Table& table) {
  const std::size_t mark = text.find('<');
  std::string_view range = text.substr(0, mark);
  Span span;
  for (; range.ends_with('!') || range.ends_with('?'); range.remove_suffix(1)) {
    (range.back() == '!' ? span.deprecated : span.uncertain) = true;
  }
  const std::size_t dash = range.find('-');
  span.first = parse_release(range.substr(0, dash)).value_or(Release{});
  span.last = dash == std::string_view::npos
                  ? span.first
                  : parse_release(range.substr(dash + 1)).value_or(Release{});
  table.options[key].spans.push_back(span);
  if (mark != std::string_view::npos) {
    for (const std::string_view alias : base::split(text.substr(mark + 1), ',')) {
      table.options[alias].readers.push_back({span, key});
    }
  }
}

Table read_table() {
  Table table;
  for (const base::EmbeddedFile& file : option_table::files()) {
    for (const std::string_view line : base::split(file.content, '\n')) {
      if (line.empty() || line.starts_with('#')) {
        continue;
      }
      const auto words = base::split(line, ' ');
      for (std::size_t i = 1; i < words.size(); ++i) {
        read_span(words.front(), words[i], table);
      }
    }
  }
  // Each release is the end of some span.
  std::set<Release> releases;
  for (const auto& [name, option] : table.options) {
    for (const Span& span : option.spans) {
      releases.insert({span.first, span.last});
    }
  }
  table.releases.assign(releases.begin(), releases.end());
  return table;
}

const Table& table() {
  static const Table read = read_table();
  return read;
}

}  // namespace

std::string Release::text() const {
  return fmt::format("{}.{}", major, minor);
}

model::FlinkVersion Release::version() const {
  return {.major = major, .minor = minor, .patch = 0, .suffix = {}, .text = text()};
}

std::optional<Release> parse_release(std::string_view text) {
  Release release;
  const char* const end = text.data() + text.size();
  const auto [dot, wrong] = std::from_chars(text.data(), text.data() + text.size(), release.major);
  if (wrong != std::errc{} || dot == end || *dot != '.') {
    return std::nullopt;
  }
  const auto [stop, wrong_too] = std::from_chars(dot + 1, end, release.minor);
  if (wrong_too != std::errc{} || stop != end || release.major < 0 || release.minor < 0) {
    return std::nullopt;
  }
  return release;
}

const std::vector<Release>& known_releases() {
  return table().releases;
}

OptionStanding standing_of(std::string_view key, const Release& release) {
  const auto found = table().options.find(key);
  if (found == table().options.end()) {
    return {};
  }
  const Option& option = found->second;
  OptionStanding result{Standing::unread, {}};
  for (const Reader& reader : option.readers) {
    if (reader.span.covers(release) && !reader.span.uncertain) {
      result.names.push_back(reader.name);
    }
  }
  const auto span = std::ranges::find_if(
      option.spans, [&release](const Span& each) { return each.covers(release); });
  if (span == option.spans.end()) {
    result.standing = result.names.empty() ? Standing::unread : Standing::old_name;
  } else if (span->uncertain) {
    result.standing = Standing::uncertain;
  } else {
    result.standing = span->deprecated ? Standing::deprecated : Standing::current;
  }
  return result;
}

}  // namespace auditor::advice
