#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collectors/answer.h"
#include "model/part.h"

/// What the files of the collection share.
namespace auditor::collectors {

/// A decoded answer as a part; decoding errors say which path they are about.
template <class T, class Decode>
model::Part<T> to_part(const std::string& path, const base::Result<Answer>& answer, Decode decode) {
  model::Part<T> part;
  part.source = path;
  if (!answer) {
    part.value = tl::unexpected(answer.error());
    return part;
  }
  part.observed_at = answer->received_at;
  const base::Result<std::string_view> body = usable_body(path, *answer);
  if (!body) {
    part.value = tl::unexpected(body.error());
    return part;
  }
  part.value =
      decode(*body).map_error([&path](const base::Error& e) { return e.prefixed("GET " + path); });
  return part;
}

/// Whether an id that a server sent may become a part of a path. "x/yarn-cancel" may not: that GET
/// kills a job (flink-facts A.1).
inline bool is_plain_id(std::string_view id) {
  return !id.empty() && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

}  // namespace auditor::collectors
