#include "collectors/wire/metrics.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "collectors/wire/json.h"

namespace auditor::collectors::wire {

namespace {

/// A plain metric's value is a text.
std::optional<double> number_in_text(Object row, std::string_view key) {
  const auto found = text(row, key);
  if (!found) {
    return number(row, key);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(found->data(), found->data() + found->size(), value);
  return error == std::errc{} && end == found->data() + found->size() && std::isfinite(value)
             ? std::optional(value)
             : std::nullopt;
}

}  // namespace

base::Result<model::MetricValues> decode_metrics(std::string_view body) {
  const auto rows = parse_array(body);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  model::MetricValues found;
  std::size_t index = 0;
  for (const Element element : *rows) {
    Object row;
    const auto id = element.get(row) == simdjson::SUCCESS ? text(row, "id") : std::nullopt;
    if (id) {
      model::MetricValue value;
      value.index = index;
      if (const auto plain = number_in_text(row, "value")) {
        value.min = value.max = value.sum = plain;
      } else {
        value.min = number(row, "min");
        value.max = number(row, "max");
        value.sum = number(row, "sum");
      }
      found.insert_or_assign(*id, value);
    }
    ++index;
  }
  return found;
}

base::Result<std::vector<std::string>> decode_metric_names(std::string_view body) {
  const auto rows = parse_array(body);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<std::string> names;
  for (const Element element : *rows) {
    Object row;
    if (auto id = element.get(row) == simdjson::SUCCESS ? text(row, "id") : std::nullopt) {
      names.push_back(std::move(*id));
    }
  }
  return names;
}

std::string choose_metrics(std::string_view all, std::span<const std::string> names,
                           bool aggregated) {
  const auto rows = parse_array(all);
  std::string chosen;
  std::size_t count = 0;
  for (const std::string& name : names) {
    for (std::size_t i = 0; rows && i < rows->size(); ++i) {
      Object row;
      if (rows->at(i).get(row) == simdjson::SUCCESS && text(row, "id") == name) {
        chosen += chosen.empty() ? "" : ",";
        chosen += simdjson::minify(row);
        ++count;
        break;
      }
    }
  }
  if (aggregated && count != names.size()) {
    chosen.clear();
  }
  return fmt::format("[{}]", chosen);
}

}  // namespace auditor::collectors::wire
