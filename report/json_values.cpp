#include "report/json_values.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace auditor::report {

Json time_json(const std::optional<base::Timestamp>& time) {
  return time ? Json(base::format_rfc3339(*time)) : Json(nullptr);
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json milliseconds_json(const std::optional<model::milliseconds>& duration) {
  return duration ? Json(duration->count()) : Json(nullptr);
}

Json bytes_json(const std::optional<model::Bytes>& size) {
  return size ? Json(size->count) : Json(nullptr);
}

double rounded(double value) {
  return std::round(value * 100) / 100;
}

}  // namespace auditor::report
