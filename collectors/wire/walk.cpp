#include "collectors/wire/walk.h"

#include <cmath>

#include "collectors/wire/json.h"

namespace auditor::collectors::wire::walk {

namespace detail {

Document* begin(std::string_view body) {
  static thread_local simdjson::ondemand::parser parser;
  static thread_local Document document;
  const std::string_view text = padded(body);
  return parser.iterate(text, text.size() + simdjson::SIMDJSON_PADDING).get(document) ==
                 simdjson::SUCCESS
             ? &document
             : nullptr;
}

bool is_at_end(Document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

}  // namespace detail

bool is_object(Value& value) {
  return value.raw_json_token().starts_with('{');
}

bool is_array(Value& value) {
  return value.raw_json_token().starts_with('[');
}

bool is_text(Value& value, std::string_view text) {
  // Mostly it stands there as it is, between quotes: then no copy of it is made.
  const std::string_view token = value.raw_json_token();
  const std::size_t end = text.size() + 1;
  if (token.size() > end && token.front() == '"' && token[end] == '"' &&
      token.substr(1, text.size()) == text && text.find('\\') == std::string_view::npos) {
    return true;
  }
  return token.find('\\') != std::string_view::npos && walk::text(value) == text;
}

std::optional<std::string_view> text(Value& value) {
  std::string_view found;
  return value.get_string().get(found) == simdjson::SUCCESS ? std::optional(found) : std::nullopt;
}

std::optional<std::int64_t> integer(Value& value) {
  std::int64_t found = 0;
  return value.get_int64().get(found) == simdjson::SUCCESS ? std::optional(found) : std::nullopt;
}

std::optional<bool> boolean(Value& value) {
  bool found = false;
  return value.get_bool().get(found) == simdjson::SUCCESS ? std::optional(found) : std::nullopt;
}

std::optional<double> number(Value& value) {
  double found = 0;
  return value.get_double().get(found) == simdjson::SUCCESS && std::isfinite(found)
             ? std::optional(found)
             : std::nullopt;
}

}  // namespace auditor::collectors::wire::walk
