#include "base/exposition.h"

#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::base {

namespace {

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

std::string_view name_of(Exposition::Type type) {
  switch (type) {
    case Exposition::Type::counter:
      return "counter";
    case Exposition::Type::gauge:
      return "gauge";
    case Exposition::Type::histogram:
      return "histogram";
    case Exposition::Type::summary:
      break;
  }
  return "summary";
}

}  // namespace

std::string metric_number(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "+Inf" : "-Inf";
  }
  return fmt::format("{}", value);
}

void Exposition::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} ", name);
  append_escaped(text_, help, false);
  fmt::format_to(std::back_inserter(text_), "\n# TYPE {} {}\n", name, name_of(type));
}

void Exposition::begin_sample(Labels labels, std::string_view suffix) {
  text_ += name_;
  text_ += suffix;
  char separator = '{';
  for (const auto& [name, value] : labels) {
    text_ += separator;
    text_ += name;
    text_ += "=\"";
    append_escaped(text_, printable(value), true);  // names come from outside
    text_ += '"';
    separator = ',';
  }
  text_ += labels.size() > 0 ? "} " : " ";
}

void Exposition::sample(double value, Labels labels, std::string_view suffix) {
  begin_sample(labels, suffix);
  text_ += metric_number(value);
  text_ += '\n';
}

void Exposition::sample(std::uint64_t value, Labels labels, std::string_view suffix) {
  begin_sample(labels, suffix);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void Exposition::histogram(std::span<const double> bounds, std::span<const std::uint64_t> counts,
                           double sum) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    total += counts[i];
    const std::string bound = metric_number(bounds[i]);
    sample(total, {{"le", bound}}, "_bucket");
  }
  total += counts[bounds.size()];
  sample(total, {{"le", "+Inf"}}, "_bucket");
  sample(sum, {}, "_sum");
  sample(total, {}, "_count");
}

}  // namespace auditor::base
