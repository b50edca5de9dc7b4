#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace auditor::collectors::wire {

/// One recorded answer: its body as it was sent, up to white space.
struct RecordedAnswer {
  std::string path;
  int status = 0;
  std::string body;
};

/// The last frame of a recording's document (schema flink-auditor/recording/1).
struct RecordedFrame {
  std::optional<base::Timestamp> recorded_at;
  std::string target;  ///< empty where the recording does not say
  std::vector<RecordedAnswer> answers;
};

/// Reads a recording. Errors: `malformed`, with what is wrong.
base::Result<RecordedFrame> decode_recording(std::string_view document);

/// A capture folder's index.json: path → status and file.
struct IndexEntry {
  std::string path;
  int status = 0;
  std::string file;
};
base::Result<std::vector<IndexEntry>> decode_index(std::string_view document);

/// The `now` of a job document; absent elsewhere.
std::optional<base::Timestamp> server_time(std::string_view body);

}  // namespace auditor::collectors::wire
