#include "advice/baseline.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "base/text.h"

namespace auditor::advice {

namespace {

using model::Outcome;
using model::SinceBaseline;
using model::Verdict;

/// A subject by names alone: check, job, vertex; empty where the subject has none.
using Names = std::tuple<std::string_view, std::string_view, std::string_view>;

std::string_view view_of(const std::optional<std::string>& text) {
  return text ? std::string_view(*text) : std::string_view();
}

Names names_of(const Verdict& verdict) {
  return {verdict.check, view_of(verdict.subject->job_name), view_of(verdict.subject->vertex_name)};
}

/// Names that several jobs of a report bear: their fingerprints hold JobIDs.
std::set<std::string_view> shared_names(const model::AuditReport& report) {
  std::set<std::string_view> seen;
  std::set<std::string_view> shared;
  for (const model::JobSummary& job : report.jobs) {
    if (!seen.insert(job.name).second) {
      shared.insert(job.name);
    }
  }
  return shared;
}

SinceBaseline change_of(const Verdict& before, const Verdict& after) {
  if (before.waiver && !after.waiver) {
    return SinceBaseline::added;
  }
  return after.severity > before.severity ? SinceBaseline::worse : SinceBaseline::known;
}

/// Whether the later audit has a word on the subject of an earlier finding, and so can say that it
/// is gone.
class Judged {
 public:
  Judged(const model::AuditReport& report, std::span<const std::string> job_globs)
      : job_globs_(job_globs) {
    for (const Verdict& verdict : report.results) {
      checks_.insert(verdict.check);
      if (verdict.outcome == Outcome::unknown) {
        unknown_.insert(names_of(verdict));
      }
    }
  }

  [[nodiscard]] bool looked_at(const Verdict& verdict) const {
    const auto& [check, job, vertex] = names_of(verdict);
    // A job that could not be judged has one verdict for all its vertices.
    return checks_.contains(check) && !unknown_.contains(Names(check, job, vertex)) &&
           !unknown_.contains(Names(check, job, "")) && was_chosen(job);
  }

 private:
  [[nodiscard]] bool was_chosen(std::string_view job) const {
    return job.empty() || job_globs_.empty() ||
           std::ranges::any_of(
               job_globs_, [job](const std::string& glob) { return base::glob_match(glob, job); });
  }

  std::span<const std::string> job_globs_;
  std::set<std::string_view> checks_;
  std::set<Names> unknown_;
};

}  // namespace

model::BaselineDifference compare_with_baseline(const model::AuditReport& report,
                                                const model::AuditReport& baseline,
                                                std::span<const std::string> job_globs) {
  model::BaselineDifference result{.taken_at = baseline.taken_at, .findings = {}, .fixed = {}};
  std::unordered_map<model::Fingerprint, const Verdict*> by_fingerprint;
  std::vector<const Verdict*> before;
  for (const Verdict& verdict : baseline.results) {
    if (verdict.outcome == Outcome::fail) {
      before.push_back(&verdict);
      by_fingerprint.emplace(verdict.fingerprint, &verdict);
    }
  }
  std::set<model::Fingerprint> met;
  std::vector<const Verdict*> rest;
  for (const Verdict& verdict : report.results) {
    if (verdict.outcome != Outcome::fail) {
      continue;
    }
    const auto found = by_fingerprint.find(verdict.fingerprint);
    if (found == by_fingerprint.end()) {
      rest.push_back(&verdict);
      continue;
    }
    met.insert(found->second->fingerprint);
    result.findings.emplace(&verdict, change_of(*found->second, verdict));
  }

  std::set<std::string_view> shared = shared_names(report);
  shared.merge(shared_names(baseline));
  std::multimap<Names, const Verdict*> by_names;
  for (const Verdict* verdict : before) {
    if (!met.contains(verdict->fingerprint) &&
        shared.contains(view_of(verdict->subject->job_name))) {
      by_names.emplace(names_of(*verdict), verdict);
    }
  }
  for (const Verdict* verdict : rest) {
    const auto found = by_names.find(names_of(*verdict));
    if (found == by_names.end()) {
      result.findings.emplace(verdict, SinceBaseline::added);
      continue;
    }
    met.insert(found->second->fingerprint);
    result.findings.emplace(verdict, change_of(*found->second, *verdict));
    by_names.erase(found);
  }

  const Judged judged(report, job_globs);
  std::ranges::copy_if(before, std::back_inserter(result.fixed), [&](const Verdict* verdict) {
    return !verdict->waiver && !met.contains(verdict->fingerprint) && judged.looked_at(*verdict);
  });
  return result;
}

}  // namespace auditor::advice
