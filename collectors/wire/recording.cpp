#include "collectors/wire/recording.h"

#include <utility>

#include <fmt/format.h>

#include "collectors/wire/json.h"

namespace auditor::collectors::wire {

namespace {

constexpr std::string_view schema = "flink-auditor/recording/1";

int status_of(Object row) {
  const std::int64_t status = integer(row, "status").value_or(0);
  return status > 0 && status < 1'000 ? static_cast<int>(status) : 0;
}

base::Result<std::vector<RecordedAnswer>> answers_of(Object frame) {
  const auto rows = object(frame, "answers");
  if (!rows) {
    return base::fail(base::ErrorKind::malformed, "no \"answers\" in it: not a recording");
  }
  std::vector<RecordedAnswer> answers;
  for (const auto& [path, element] : *rows) {
    Object row;
    Element body;
    if (element.get(row) != simdjson::SUCCESS || status_of(row) == 0 ||
        row.at_key("body").get(body) != simdjson::SUCCESS) {
      return base::fail(base::ErrorKind::malformed,
                        fmt::format(R"(the answer for {} has no "status" and "body")", path));
    }
    // A text stands for a body that is not JSON.
    std::string_view plain;
    answers.push_back(
        {std::string(path), status_of(row),
         body.get(plain) == simdjson::SUCCESS ? std::string(plain) : simdjson::minify(body)});
  }
  return answers;
}

}  // namespace

base::Result<RecordedFrame> decode_recording(std::string_view document) {
  const auto root = parse_object(document);
  if (!root) {
    return tl::unexpected(base::Error{base::ErrorKind::malformed, root.error().message});
  }
  const std::string found = text(*root, "schema").value_or("");
  if (found != schema) {
    return base::fail(base::ErrorKind::malformed,
                      found.empty()
                          ? fmt::format(R"(no "schema": "{}" in it: not a recording)", schema)
                          : fmt::format(R"(schema "{}"; this release reads "{}")", found, schema));
  }
  Object frame = *root;
  if (const auto frames = array(*root, "frames")) {
    if (frames->size() == 0 || frames->at(frames->size() - 1).get(frame) != simdjson::SUCCESS) {
      return base::fail(base::ErrorKind::malformed, "its \"frames\" hold no answers");
    }
  }
  auto answers = answers_of(frame);
  if (!answers) {
    return tl::unexpected(answers.error());
  }
  RecordedFrame recorded;
  recorded.recorded_at = base::parse_rfc3339(text(frame, "recorded_at").value_or(""));
  recorded.target = text(*root, "target").value_or("");
  recorded.answers = std::move(*answers);
  return recorded;
}

base::Result<std::vector<IndexEntry>> decode_index(std::string_view document) {
  const auto root = parse_object(document);
  if (!root) {
    return tl::unexpected(base::Error{base::ErrorKind::malformed, root.error().message});
  }
  std::vector<IndexEntry> entries;
  for (const auto& [path, element] : *root) {
    Object row;
    if (element.get(row) == simdjson::SUCCESS) {
      entries.push_back({std::string(path), status_of(row), text(row, "file").value_or("")});
    }
  }
  return entries;
}

std::optional<base::Timestamp> server_time(std::string_view body) {
  const auto document = parse_object(body);
  return document && text(*document, "jid") ? timestamp(*document, "now") : std::nullopt;
}

}  // namespace auditor::collectors::wire
