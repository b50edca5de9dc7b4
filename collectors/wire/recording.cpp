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

base::Result<RecordedDocument> decode_recording(std::string_view document, bool last_only) {
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
  std::vector<Object> frames;
  if (const auto listed = array(*root, "frames")) {
    for (const Element element : *listed) {
      if (element.get(frames.emplace_back()) != simdjson::SUCCESS) {
        frames.clear();
        break;
      }
    }
    if (frames.empty()) {
      return base::fail(base::ErrorKind::malformed, "its \"frames\" hold no answers");
    }
  } else {
    frames.push_back(*root);
  }
  RecordedDocument recorded;
  recorded.target = text(*root, "target").value_or("");
  for (std::size_t i = last_only ? frames.size() - 1 : 0; i < frames.size(); ++i) {
    auto answers = answers_of(frames[i]);
    if (!answers) {
      return tl::unexpected(answers.error());
    }
    recorded.frames.push_back(
        {base::parse_rfc3339(text(frames[i], "recorded_at").value_or("")), std::move(*answers)});
  }
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
