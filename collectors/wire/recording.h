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

/// One look of a recording.
struct RecordedFrame {
  std::optional<base::Timestamp> recorded_at;
  std::vector<RecordedAnswer> answers;
};

/// A recording's document (schema flink-auditor/recording/1).
struct RecordedDocument {
  std::string target;                 ///< empty where the recording does not say
  std::vector<RecordedFrame> frames;  ///< at least one, in the order of time
};

/// Reads a recording, or only its last frame. Errors: `malformed`, with what is wrong.
base::Result<RecordedDocument> decode_recording(std::string_view document, bool last_only);

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
