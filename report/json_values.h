#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/bytes.h"
#include "base/time.h"
#include "model/flink.h"

/// How documents for the page and the API write single values. What is absent is null, never left
/// out.
namespace auditor::report {

using Json = nlohmann::ordered_json;

/// The value, or null. `J` is `Json`: a parameter only because the type is incomplete here.
template <class T, class J = Json>
J or_null(const std::optional<T>& value) {
  return value ? J(*value) : J(nullptr);
}

Json time_json(const std::optional<base::Timestamp>& time);
Json text_or_null(std::string_view text);
Json milliseconds_json(const std::optional<model::milliseconds>& duration);
Json bytes_json(const std::optional<model::Bytes>& size);

/// Two decimals.
double rounded(double value);

}  // namespace auditor::report
