#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "collectors/answer.h"
#include "model/part.h"

/// What the files of the collection share.
namespace auditor::collectors {

/// A decoded answer; decoding errors say which path they are about.
template <class T, class Decode>
base::Result<T> decoded(const std::string& path, const base::Result<Answer>& answer,
                        Decode decode) {
  if (!answer) {
    return tl::unexpected(answer.error());
  }
  const base::Result<std::string_view> body = usable_body(path, *answer);
  if (!body) {
    return tl::unexpected(body.error());
  }
  return decode(*body).map_error(
      [&path](const base::Error& e) { return e.prefixed("GET " + path); });
}

/// When the answer came; the epoch where none did.
inline base::Timestamp time_of(const base::Result<Answer>& answer) {
  return answer ? answer->received_at : base::Timestamp{};
}

/// A decoded answer as a part.
template <class T, class Decode>
model::Part<T> to_part(const std::string& path, const base::Result<Answer>& answer, Decode decode) {
  return {decoded<T>(path, answer, std::move(decode)), path, time_of(answer)};
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
