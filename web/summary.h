#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/report.h"
#include "model/verdict.h"

namespace auditor::web {

/// Findings by severity, in the order of `model::Severity`; waived ones apart.
struct FindingCounts {
  std::array<std::size_t, 5> open{};
  std::size_t waived = 0;

  FindingCounts& operator+=(const FindingCounts& other);
  [[nodiscard]] std::size_t total() const;
};

/// The worst verdict of each practice, a letter each in the order of `model::practices()`: C, H, M,
/// L and I for a fail of that severity, then U (unknown), W (fails, but waived), P (passes), N (not
/// applicable), and - where nothing was judged.
using Cells = std::string;

/// What lists and metrics show of a report; counted once, when it comes.
struct ReportSummary {
  struct Job {
    std::string id;  ///< Flink's
    std::string name;
    std::string state;
    model::Score score;
    model::Health health = model::Health::unknown;
    FindingCounts findings;
    Cells cells{};
  };
  base::Timestamp taken_at{};
  std::string flink_version;
  std::optional<std::size_t> task_managers;
  model::Score score;
  model::Health health = model::Health::unknown;
  FindingCounts findings;  ///< of the cluster and of its jobs
  std::vector<Job> jobs;
  Cells cells;  ///< of the cluster and of its jobs
  /// By practice: how many jobs fail, or, where none does, could not be judged.
  std::vector<std::size_t> jobs_concerned;
  std::size_t unknown = 0;  ///< verdicts
  /// What each check takes from the cluster's score; only of a report that is no document.
  std::map<std::string, double> losses;
};

ReportSummary summarize(const model::AuditReport& report);

/// The same from the document, as `model::to_json` writes it. nullopt where it is none.
std::optional<ReportSummary> summarize(std::string_view report_json);

}  // namespace auditor::web
