#include "advice/comparison.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "advice/job_facts.h"
#include "base/text.h"
#include "model/volatile_key.h"

namespace auditor::advice {

namespace {

using model::Outcome;
using model::Verdict;

bool fails(const Verdict* verdict) {
  return verdict != nullptr && verdict->outcome == Outcome::fail && !verdict->waiver;
}

bool is_unknown(const Verdict* verdict) {
  return verdict != nullptr && verdict->outcome == Outcome::unknown;
}

/// nullopt where nothing changed that is worth a word.
std::optional<FindingChange> change_of(const Verdict* before, const Verdict* after) {
  if (fails(after)) {
    if (!fails(before)) {
      return FindingChange::appeared;
    }
    if (after->severity == before->severity) {
      return std::nullopt;
    }
    return after->severity > before->severity ? FindingChange::worse : FindingChange::better;
  }
  if (is_unknown(after)) {
    const bool was_known = before != nullptr && (before->outcome == Outcome::pass || fails(before));
    return was_known ? std::optional(FindingChange::no_longer_known) : std::nullopt;
  }
  if (!fails(before)) {
    return std::nullopt;
  }
  return after == nullptr ? FindingChange::gone : FindingChange::fixed;
}

using ByFingerprint = std::unordered_map<model::Fingerprint, const Verdict*>;

ByFingerprint by_fingerprint(const model::AuditReport& report) {
  ByFingerprint found;
  for (const Verdict& verdict : report.results) {
    found.emplace(verdict.fingerprint, &verdict);
  }
  return found;
}

void compare_findings(const model::AuditReport& before, const model::AuditReport& after,
                      Comparison& result) {
  const ByFingerprint old_verdicts = by_fingerprint(before);
  const ByFingerprint new_verdicts = by_fingerprint(after);
  const auto find = [](const ByFingerprint& in, const Verdict& verdict) {
    const auto found = in.find(verdict.fingerprint);
    return found == in.end() ? nullptr : found->second;
  };
  const auto take = [&result](const Verdict* one, const Verdict* other) {
    if (const auto change = change_of(one, other)) {
      result.findings.push_back({*change, one, other});
    } else if (fails(one) && fails(other)) {
      ++result.still_failing;
    }
  };
  for (const Verdict& verdict : after.results) {
    take(find(old_verdicts, verdict), &verdict);
  }
  for (const Verdict& verdict : before.results) {
    if (find(new_verdicts, verdict) == nullptr) {
      take(&verdict, nullptr);
    }
  }
  std::ranges::stable_sort(result.findings, [](const ChangedFinding& a, const ChangedFinding& b) {
    return std::pair(a.change, b.shown().severity) < std::pair(b.change, a.shown().severity);
  });
}

Facts cluster_facts_of(const model::Snapshot& snapshot) {
  Facts facts;
  if (snapshot.cluster.known()) {
    facts.emplace("Flink", snapshot.cluster.value->version.text);
  }
  if (snapshot.configuration.known()) {
    for (const model::ConfigurationEntry& entry : snapshot.configuration.value->entries()) {
      if (!model::is_volatile_key(entry.key)) {
        facts.emplace(entry.key, entry.value);
      }
    }
  }
  if (snapshot.task_managers.known()) {
    facts.emplace("TaskManagers", std::to_string(snapshot.task_managers.value->list.size()));
  }
  return facts;
}

std::vector<ChangedFact> differences(const Facts& before, const Facts& after) {
  std::vector<ChangedFact> changed;
  for (const auto& [what, value] : before) {
    const auto found = after.find(what);
    if (found == after.end() || found->second != value) {
      changed.push_back({what, value, found == after.end() ? std::string() : found->second});
    }
  }
  for (const auto& [what, value] : after) {
    if (!before.contains(what)) {
      changed.push_back({what, {}, value});
    }
  }
  std::ranges::sort(changed, {}, &ChangedFact::what);
  return changed;
}

/// By name, with the JobID where several jobs share it.
std::map<std::string, const model::JobSnapshot*> by_name(const model::Snapshot& snapshot) {
  std::map<std::string, std::size_t> count;
  for (const model::JobSnapshot& job : snapshot.jobs) {
    ++count[job.overview.name];
  }
  std::map<std::string, const model::JobSnapshot*> found;
  for (const model::JobSnapshot& job : snapshot.jobs) {
    const std::string& name = job.overview.name;
    found.emplace(count[name] == 1 ? name : fmt::format("{} ({})", name, job.overview.id.value),
                  &job);
  }
  return found;
}

void compare_deployments(const model::Snapshot& before, const model::Snapshot& after,
                         Comparison& result) {
  result.deployments_known = true;
  result.cluster = differences(cluster_facts_of(before), cluster_facts_of(after));
  const auto old_jobs = by_name(before);
  const auto new_jobs = by_name(after);
  for (const auto& [name, job] : new_jobs) {
    const auto found = old_jobs.find(name);
    if (found == old_jobs.end()) {
      result.jobs.push_back({ChangedJob::Kind::started, name, {}});
      continue;
    }
    auto changed = differences(facts_of(*found->second), facts_of(*job));
    if (!changed.empty()) {
      result.jobs.push_back({ChangedJob::Kind::changed, name, std::move(changed)});
    }
  }
  for (const auto& [name, job] : old_jobs) {
    if (!new_jobs.contains(name)) {
      result.jobs.push_back({ChangedJob::Kind::ended, name, {}});
    }
  }
}

}  // namespace

std::string_view to_text(FindingChange change) {
  switch (change) {
    case FindingChange::appeared:
      return "new";
    case FindingChange::worse:
      return "worse";
    case FindingChange::better:
      return "better";
    case FindingChange::fixed:
      return "fixed";
    case FindingChange::gone:
      return "gone";
    case FindingChange::no_longer_known:
      return "no longer known";
  }
  return "";
}

std::string_view to_text(ChangedJob::Kind kind) {
  switch (kind) {
    case ChangedJob::Kind::started:
      return "started";
    case ChangedJob::Kind::ended:
      return "ended";
    case ChangedJob::Kind::changed:
      return "changed";
  }
  return "";
}

bool is_bad(FindingChange change) {
  return change == FindingChange::appeared || change == FindingChange::worse;
}

bool Comparison::any_bad() const {
  return std::ranges::any_of(findings,
                             [](const ChangedFinding& finding) { return is_bad(finding.change); });
}

Comparison compare(const ComparisonSide& before, const ComparisonSide& after) {
  Comparison result;
  compare_findings(*before.report, *after.report, result);
  if (before.snapshot != nullptr && after.snapshot != nullptr) {
    compare_deployments(*before.snapshot, *after.snapshot, result);
  }
  return result;
}

}  // namespace auditor::advice
