#include "config/reader.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/files.h"
#include "base/header.h"
#include "base/text.h"
#include "base/url.h"
#include "config/scalars.h"

namespace auditor::config {

using base::Result;
using std::chrono::milliseconds;

namespace {

bool bounded(const Setting& setting) {
  return setting.minimum < setting.maximum;
}

std::string_view noun_of(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::count:
      return "a whole number";
    case Kind::number:
      return "a number";
    case Kind::percent:
      return "a percentage";
    case Kind::duration:
      return "a duration";
    case Kind::size:
      return "a size";
    case Kind::text:
      return "a text of one line";
    case Kind::choice:
      return "one of";
    case Kind::url:
      return "a URL";
    case Kind::address:
      return "a host and a port";
    case Kind::path:
      return "the path of a file";
    case Kind::moment:
      return "a time or a date";
    case Kind::texts:
      return "a list of texts";
    case Kind::text_map:
      return "a mapping of names to texts";
    case Kind::section:
      return "a mapping of settings";
    case Kind::sections:
      return "a list of mappings";
  }
  return {};
}

std::string_view example_of(Kind kind) {
  switch (kind) {
    case Kind::percent:
      return "20%";
    case Kind::duration:
      return "30s or 1h30m";
    case Kind::size:
      return "32MiB";
    case Kind::address:
      return "127.0.0.1:8484";
    case Kind::moment:
      return "2027-01-31 or 2027-01-31T12:00:00Z";
    default:
      return {};
  }
}

}  // namespace

std::string shown(const Node& node) {
  constexpr std::size_t longest = 80;
  return base::shorten(base::printable(node.written.empty() ? node.scalar : node.written), longest);
}

std::string bound_text(Kind kind, double value) {
  switch (kind) {
    case Kind::duration:
      return duration_text(milliseconds(static_cast<std::int64_t>(value)));
    case Kind::size:
      return size_text({static_cast<std::int64_t>(value)});
    case Kind::percent:
      return fmt::format("{}%", number_text(value));
    default:
      return number_text(value);
  }
}

std::string type_text(const Setting& setting) {
  std::string text(noun_of(setting.kind));
  if (setting.kind == Kind::choice) {
    fmt::format_to(std::back_inserter(text), " {}", base::join(setting.choices, ", "));
  }
  if (bounded(setting)) {
    fmt::format_to(std::back_inserter(text), " from {} to {}",
                   bound_text(setting.kind, setting.minimum),
                   bound_text(setting.kind, setting.maximum));
  }
  return text;
}

std::string must_be(const Setting& setting) {
  std::string text = type_text(setting);
  if (const std::string_view example = example_of(setting.kind); !example.empty()) {
    fmt::format_to(std::back_inserter(text), ", such as {}", example);
  }
  return text;
}

tl::unexpected<base::Error> Reader::error(const Node& node, std::string_view what) const {
  return tl::unexpected(error_at(*file, node, what));
}

tl::unexpected<base::Error> Reader::unknown(const Node& key, std::string_view what,
                                            std::span<const std::string_view> known) const {
  constexpr std::size_t few = 8;
  const std::string_view near = base::nearest(key.scalar, known);
  std::string hint;
  if (!near.empty()) {
    hint = fmt::format("; did you mean \"{}\"?", near);
  } else if (known.size() <= few) {
    hint = known.empty() ? "; there are none here"
                         : fmt::format("; known: {}", fmt::join(known, ", "));
  }
  return error(key, fmt::format("unknown {} \"{}\"{}", what, shown(key), hint));
}

tl::unexpected<base::Error> Reader::wrong(const Setting& setting, const Node& node) const {
  std::string given;
  if (node.kind == Node::Kind::scalar && !setting.secret) {
    given = fmt::format(", not \"{}\"", shown(node));
  } else if (node.kind == Node::Kind::null) {
    given = ", but nothing is there";
  }
  return error(node, fmt::format("{} must be {}{}", setting.name, must_be(setting), given));
}

std::string Reader::resolve(const std::string& path) const {
  const std::filesystem::path given(path);
  return given.is_absolute() || folder.empty() ? path : (folder / given).string();
}

std::string Reader::place(const Node& node) const {
  return fmt::format("{}:{}:{}", *file, node.line, node.column);
}

Result<void> check_keys(const Reader& reader, const Node& node, std::span<const Setting> rows,
                        std::string_view what, std::string_view noun) {
  if (node.kind != Node::Kind::mapping && node.kind != Node::Kind::null) {
    return reader.error(node, fmt::format("{} must be a mapping", what));
  }
  for (const Member& member : node.members) {
    const auto row = std::ranges::find(rows, member.key.scalar, &Setting::name);
    if (row == rows.end()) {
      std::vector<std::string_view> names;
      names.reserve(rows.size());
      for (const Setting& known : rows) {
        names.push_back(known.name);
      }
      return reader.unknown(member.key, noun, names);
    }
    for (const std::string& other : row->excludes) {
      if (member.value.kind != Node::Kind::null && node.has(other)) {
        return reader.error(
            member.key, fmt::format("{} and {} exclude each other: give one", row->name, other));
      }
    }
  }
  for (const Setting& row : rows) {
    if (row.required && !node.pruned && node.find(row.name) == nullptr) {
      const std::string hint =
          row.example.empty() ? "" : fmt::format(", such as \"{}: {}\"", row.name, row.example);
      return reader.error(node, fmt::format("{} lacks {}{}", what, row.name, hint));
    }
  }
  return {};
}

}  // namespace auditor::config
