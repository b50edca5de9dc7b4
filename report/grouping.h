#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/report.h"

/// The same finding on many subjects is told once: what text and Markdown share.
namespace auditor::report {

/// Fails of one check with one severity and confidence.
struct FindingGroup {
  std::vector<const model::Verdict*> verdicts;  ///< the first is shown whole
  std::size_t jobs = 0;                         ///< distinct ones; 0 for the cluster's own
  double points = 0;  ///< of the cluster's score; in the check's first group

  [[nodiscard]] const model::Verdict& first() const { return *verdicts.front(); }
};

/// Worst first, as the report has them.
std::vector<FindingGroup> finding_groups(const model::AuditReport& report);

/// Unknown verdicts with one reason.
struct UnknownGroup {
  std::string reason;
  std::vector<std::string> checks;  ///< distinct
  std::size_t verdicts = 0;
  std::size_t jobs = 0;
};
std::vector<UnknownGroup> unknown_groups(const model::AuditReport& report);

/// Fails under one waiver.
struct WaivedGroup {
  const model::WaiverNote* waiver = nullptr;
  std::vector<std::string> checks;  ///< distinct
  std::size_t verdicts = 0;
};
std::vector<WaivedGroup> waived_groups(const model::AuditReport& report);

/// "operator-uid-missing (3 findings), until 2026-12-31 00:00:00 UTC, by ops: the reason".
std::string told(const WaivedGroup& group);

/// "102 failed (3 of them waived), 478 passed, 3 unknown, 316 not applicable."
std::string counts_line(const model::AuditReport& report);

/// "cluster", "job orders", "12 of 14 jobs".
std::string where(const FindingGroup& group, const model::AuditReport& report);

/// "window -> Sink: totals" in job orders, for the list of subjects; the job's name alone for a
/// job.
std::string name_of(const model::Subject& subject);

/// "128", "1.5 GiB (1610612736)", "not set": the value with its unit, for people.
std::string show(const model::Evidence& evidence);

/// "/jobs/…/config" with the pointer behind a '#'; empty for a derived value.
std::string source_of(const model::Evidence& evidence);

/// "2026-11-24 20:16:18 UTC".
std::string for_people(base::Timestamp time);

/// "pass", "fail", "unknown", "n/a".
std::string_view word(model::Outcome outcome);

/// "Flink 1.20.5 · 14 jobs · 2 TaskManagers", with what is not known left out.
std::string facts_line(const model::AuditReport& report);

/// "This audit took 79 requests, 412 KiB and 1.2 s …".
std::string cost_line(const model::AuditReport& report);

/// How many results have the outcome.
std::size_t count(const model::AuditReport& report, model::Outcome outcome);

}  // namespace auditor::report
