#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "collectors/answer.h"

namespace auditor::collectors {

/// REST answers that stand in for a cluster: one file (plain or gzip), or a folder with an
/// index.json.
class Recording {
 public:
  /// Reads a recording, of a timeline its last frame. Errors name the path and what is wrong with
  /// it.
  static base::Result<Recording> read(const std::string& path);

  /// Every frame of it, in the order of time; one where it is no timeline.
  static base::Result<std::vector<Recording>> read_frames(const std::string& path);

  /// The same from a document in memory.
  static base::Result<Recording> parse(std::string_view document);

  /// The recorded answer; error `not_recorded` where there is none. A missing `/jobs/overview` is
  /// made from the recorded jobs.
  [[nodiscard]] base::Result<Answer> answer(const std::string& path) const;

  [[nodiscard]] const std::string& target() const { return target_; }
  [[nodiscard]] base::Timestamp recorded_at() const { return recorded_at_; }

 private:
  struct Stored {
    int status = 0;
    std::string body;
  };

  void settle(std::optional<base::Timestamp> recorded_at);
  [[nodiscard]] std::string overview_from_jobs() const;
  [[nodiscard]] std::optional<Answer> metrics_answer(const std::string& path) const;
  static base::Result<Recording> read_folder(const std::string& path);
  static base::Result<std::vector<Recording>> parse_frames(std::string_view document,
                                                           bool last_only);
  static base::Result<std::vector<Recording>> read_file(const std::string& path, bool last_only);

  std::map<std::string, Stored, std::less<>> answers_;
  std::string target_;
  base::Timestamp recorded_at_{};
};

/// Collects the answers of live looks for `audit-now record`.
class Recorder {
 public:
  void add(const std::string& path, const Answer& answer);

  /// Ends a look: what comes is of the next one.
  void end_frame(base::Timestamp taken_at);

  /// The recording as a gzip file, secrets masked (flink-facts F.1); with frames where there was
  /// more than one look.
  [[nodiscard]] base::Result<std::string> finish(const std::string& target) const;

  /// Looks that have ended, and the answers of all.
  [[nodiscard]] std::size_t frames() const { return frames_.size(); }
  [[nodiscard]] std::size_t size() const;

 private:
  struct Frame {
    base::Timestamp taken_at{};
    std::map<std::string, Answer> answers;
  };
  std::vector<Frame> frames_;
  std::map<std::string, Answer> answers_;  // of the present look
};

}  // namespace auditor::collectors
