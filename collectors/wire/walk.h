#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

/// Reading a document once, in the order of its text, without making anything of it: simdjson's
/// on-demand parser. What is passed over costs next to nothing, and is not looked at: only for
/// whoever reads an answer anew with `parse` where it is not as expected.
namespace auditor::collectors::wire::walk {

using Document = simdjson::ondemand::document;
using Object = simdjson::ondemand::object;
using Array = simdjson::ondemand::array;
using Value = simdjson::ondemand::value;
using Key = simdjson::ondemand::raw_json_string;

/// Calls `visit(object)` with the document, if that is an object; false where it is none, or where
/// `visit` gives false, as do all functions here. What is read lives until the next call on the
/// same thread.
template <class Visit>
bool document(std::string_view body, Visit visit);

/// `visit(key, value)` for each field, until it gives false. Also false: the text is malformed.
template <class Visit>
bool each_field(Object& object, Visit visit) {
  for (auto next : object) {
    simdjson::ondemand::field field;
    if (std::move(next).get(field) != simdjson::SUCCESS || !visit(field.key(), field.value())) {
      return false;
    }
  }
  return true;
}

/// The same of a value, which must be an object.
template <class Visit>
bool each_field(Value& value, Visit visit) {
  Object object;
  return value.get_object().get(object) == simdjson::SUCCESS && each_field(object, visit);
}

/// `visit(value, index)` for each element of an array.
template <class Visit>
bool each_element(Value& value, Visit visit) {
  Array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) {
    return false;
  }
  std::size_t index = 0;
  for (auto next : array) {
    Value element;
    if (std::move(next).get(element) != simdjson::SUCCESS || !visit(element, index)) {
      return false;
    }
    ++index;
  }
  return true;
}

/// Whether the elements of an array are `seen`, one for one.
template <class T, class IsSame>
bool are_same(Value& array, const std::vector<T>& seen, IsSame is_same) {
  std::size_t count = 0;
  const bool same = each_element(array, [&](Value& row, std::size_t index) {
    ++count;
    return index < seen.size() && is_same(row, seen[index], index);
  });
  return same && count == seen.size();
}

/// Whether a value is an object or array, before it is read.
bool is_object(Value& value);
bool is_array(Value& value);

/// Whether a value is this text.
bool is_text(Value& value, std::string_view text);

/// Absent where it is something else.
std::optional<std::string_view> text(Value& value);
std::optional<std::int64_t> integer(Value& value);
std::optional<bool> boolean(Value& value);
std::optional<double> number(Value& value);

namespace detail {

/// The document of a body, in memory that the thread keeps; nullptr where it is malformed.
Document* begin(std::string_view body);

/// Whether nothing follows what was read.
bool is_at_end(Document& document);

}  // namespace detail

template <class Visit>
bool document(std::string_view body, Visit visit) {
  Document* const begun = detail::begin(body);
  Object object;
  return begun != nullptr && begun->get_object().get(object) == simdjson::SUCCESS &&
         visit(object) && detail::is_at_end(*begun);
}

}  // namespace auditor::collectors::wire::walk
