#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

/// Reading what came from the network: simdjson's DOM, one parser a thread, depth bounded. A field
/// that is missing and one that has a type which Flink never sends read the same: absent.
namespace auditor::collectors::wire {

using Object = simdjson::dom::object;
using Array = simdjson::dom::array;
using Element = simdjson::dom::element;

/// Deeper nesting than this is refused; Flink's documents have 8 levels.
inline constexpr std::size_t deepest = 64;

/// The body with the room behind it that simdjson reads over. It lives until the next call on the
/// same thread, or of `parse`.
std::string_view padded(std::string_view body);

/// Parses a document. It lives until the next call on the same thread. Errors: `malformed`, with
/// simdjson's reason.
base::Result<Element> parse(std::string_view body);

/// The document as an object or array; error `not_flink` where it is something else.
base::Result<Object> parse_object(std::string_view body);
base::Result<Array> parse_array(std::string_view body);

std::optional<std::int64_t> integer(Object object, std::string_view key);
std::optional<bool> boolean(Object object, std::string_view key);
std::optional<std::string> text(Object object, std::string_view key);
/// The same without a copy; empty where it is absent. It lives as long as the document.
std::string_view view(Object object, std::string_view key);
std::optional<Object> object(Object object, std::string_view key);
std::optional<Array> array(Object object, std::string_view key);

/// A number that may be a double, or a text such as "NaN", which reads as absent.
std::optional<double> number(Object object, std::string_view key);

std::optional<base::Bytes> bytes(Object object, std::string_view key);
std::optional<base::Bytes> to_bytes(std::optional<std::int64_t> count);

/// Milliseconds; negative ones mean "not applicable" and read as absent.
std::optional<std::chrono::milliseconds> milliseconds(Object object, std::string_view key);
std::optional<base::Timestamp> timestamp(Object object, std::string_view key);
std::optional<std::chrono::milliseconds> to_milliseconds(std::optional<std::int64_t> count);
std::optional<base::Timestamp> to_timestamp(std::optional<std::int64_t> count);

}  // namespace auditor::collectors::wire
