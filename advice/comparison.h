#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/report.h"
#include "model/snapshot.h"

/// What differs between two audits.
namespace auditor::advice {

enum class FindingChange {
  appeared,         ///< it fails now, and did not before
  worse,            ///< its severity rose
  better,           ///< its severity fell
  fixed,            ///< it failed before, and passes now or no longer applies
  gone,             ///< it failed before; its job or vertex is not there any more
  no_longer_known,  ///< it could be judged before
};
std::string_view to_text(FindingChange change);

/// Whether the change is to be mended.
bool is_bad(FindingChange change);

struct ChangedFinding {
  FindingChange change = FindingChange::appeared;
  /// Either may be nullptr, where the other audit has no word on the subject.
  const model::Verdict* before = nullptr;
  const model::Verdict* after = nullptr;

  /// The later word, where there is one.
  [[nodiscard]] const model::Verdict& shown() const { return after != nullptr ? *after : *before; }
};

/// One setting or fact that is another now; an empty text: there was none.
struct ChangedFact {
  std::string what;
  std::string before;
  std::string after;
};

struct ChangedJob {
  enum class Kind { started, ended, changed };
  Kind kind = Kind::changed;
  std::string name;
  std::vector<ChangedFact> facts;  ///< of `changed`
};
std::string_view to_text(ChangedJob::Kind kind);

/// One audit. A report alone tells nothing of deployments.
struct ComparisonSide {
  const model::AuditReport* report = nullptr;
  const model::Snapshot* snapshot = nullptr;
};

/// It points into the reports.
struct Comparison {
  std::vector<ChangedFinding> findings;  ///< the worst first
  std::size_t still_failing = 0;         ///< findings of both
  bool deployments_known = false;
  std::vector<ChangedFact> cluster;
  std::vector<ChangedJob> jobs;

  /// Whether a finding appeared or got worse.
  [[nodiscard]] bool any_bad() const;
};

/// Compares by fingerprint: check, names of job and vertex; never by JobID, unless several jobs
/// share a name. Waived findings count as not failing. Pure.
Comparison compare(const ComparisonSide& before, const ComparisonSide& after);

}  // namespace auditor::advice
