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
  /// Reads a recording. Errors name the path and what is wrong with it.
  static base::Result<Recording> read(const std::string& path);

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

  std::map<std::string, Stored, std::less<>> answers_;
  std::string target_;
  base::Timestamp recorded_at_{};
};

/// Collects the answers of a live audit for `audit-now record`.
class Recorder {
 public:
  void add(const std::string& path, const Answer& answer);

  /// The recording as a gzip file, secrets masked (flink-facts F.1).
  [[nodiscard]] base::Result<std::string> finish(const std::string& target,
                                                 base::Timestamp now) const;

  [[nodiscard]] std::size_t size() const { return answers_.size(); }

 private:
  std::map<std::string, Answer> answers_;
};

}  // namespace auditor::collectors
