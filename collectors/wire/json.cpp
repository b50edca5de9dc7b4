#include "collectors/wire/json.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace auditor::collectors::wire {

std::string_view padded(std::string_view body) {
  static thread_local std::string buffer;
  buffer.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  buffer.assign(body);
  return buffer;
}

base::Result<Element> parse(std::string_view body) {
  static thread_local simdjson::dom::parser parser;
  const std::size_t wanted = std::max<std::size_t>(body.size(), 4096);
  if (parser.capacity() < wanted || parser.max_depth() != deepest) {
    if (parser.allocate(wanted, deepest) != simdjson::SUCCESS) {
      return base::fail(base::ErrorKind::internal, "no memory to parse the answer");
    }
  }
  constexpr bool copy = false;
  const std::string_view text = padded(body);
  const auto document = parser.parse(text.data(), text.size(), copy);
  if (document.error() == simdjson::DEPTH_ERROR) {
    return base::fail(base::ErrorKind::malformed,
                      fmt::format("JSON nested deeper than {} levels", deepest));
  }
  if (document.error() != simdjson::SUCCESS) {
    return base::fail(
        base::ErrorKind::malformed,
        fmt::format("not well-formed JSON ({})", simdjson::error_message(document.error())));
  }
  return document.value_unsafe();
}

namespace {

constexpr std::string_view other_shape =
    "JSON, but not what Flink's REST API answers: is this another service?";

template <class T>
std::optional<T> value(Object object, std::string_view key) {
  T result{};
  if (object.at_key(key).get(result) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return result;
}

}  // namespace

base::Result<Object> parse_object(std::string_view body) {
  const base::Result<Element> document = parse(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  Object result;
  if (document->get(result) != simdjson::SUCCESS) {
    return base::fail(base::ErrorKind::not_flink, std::string(other_shape));
  }
  return result;
}

base::Result<Array> parse_array(std::string_view body) {
  const base::Result<Element> document = parse(body);
  if (!document) {
    return tl::unexpected(document.error());
  }
  Array result;
  if (document->get(result) != simdjson::SUCCESS) {
    return base::fail(base::ErrorKind::not_flink, std::string(other_shape));
  }
  return result;
}

std::optional<std::int64_t> integer(Object object, std::string_view key) {
  return value<std::int64_t>(object, key);
}

std::optional<bool> boolean(Object object, std::string_view key) {
  return value<bool>(object, key);
}

std::optional<std::string> text(Object object, std::string_view key) {
  const auto view = value<std::string_view>(object, key);
  return view ? std::optional<std::string>(*view) : std::nullopt;
}

std::string_view view(Object object, std::string_view key) {
  return value<std::string_view>(object, key).value_or(std::string_view());
}

std::optional<Object> object(Object parent, std::string_view key) {
  return value<Object>(parent, key);
}

std::optional<Array> array(Object parent, std::string_view key) {
  return value<Array>(parent, key);
}

std::optional<double> number(Object object, std::string_view key) {
  const auto found = value<double>(object, key);
  return found && std::isfinite(*found) ? found : std::nullopt;
}

std::optional<base::Bytes> bytes(Object object, std::string_view key) {
  return to_bytes(integer(object, key));
}

std::optional<base::Bytes> to_bytes(std::optional<std::int64_t> count) {
  return count && *count >= 0 ? std::optional(base::Bytes{*count}) : std::nullopt;
}

std::optional<std::chrono::milliseconds> milliseconds(Object object, std::string_view key) {
  return to_milliseconds(integer(object, key));
}

std::optional<base::Timestamp> timestamp(Object object, std::string_view key) {
  return to_timestamp(integer(object, key));
}

std::optional<std::chrono::milliseconds> to_milliseconds(std::optional<std::int64_t> count) {
  return count && *count >= 0 ? std::optional(std::chrono::milliseconds(*count)) : std::nullopt;
}

std::optional<base::Timestamp> to_timestamp(std::optional<std::int64_t> count) {
  // Beyond the year 9999 nothing can be printed, and Flink means "never".
  constexpr std::int64_t latest = 253'402'300'799'999;
  if (!count || *count < 0 || *count > latest) {
    return std::nullopt;
  }
  return base::Timestamp(std::chrono::milliseconds(*count));
}

}  // namespace auditor::collectors::wire
