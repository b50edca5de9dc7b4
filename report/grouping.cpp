#include "report/grouping.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/time.h"

namespace auditor::report {

namespace {

std::size_t distinct_jobs(const std::vector<const model::Verdict*>& verdicts) {
  std::set<model::JobId> jobs;
  for (const model::Verdict* verdict : verdicts) {
    if (verdict->subject->job_id) {
      jobs.insert(*verdict->subject->job_id);
    }
  }
  return jobs.size();
}

}  // namespace

std::vector<FindingGroup> finding_groups(const model::AuditReport& report) {
  std::vector<FindingGroup> groups;
  for (const model::Verdict& verdict : report.results) {
    if (verdict.outcome != model::Outcome::fail || verdict.waiver) {
      continue;
    }
    const auto same = [&verdict](const FindingGroup& group) {
      const model::Verdict& first = group.first();
      return std::tie(first.check, first.severity, first.confidence) ==
             std::tie(verdict.check, verdict.severity, verdict.confidence);
    };
    auto found = std::ranges::find_if(groups, same);
    if (found == groups.end()) {
      found = groups.insert(groups.end(), FindingGroup{});
    }
    found->verdicts.push_back(&verdict);
  }
  std::set<std::string> told;
  for (FindingGroup& group : groups) {
    group.jobs = distinct_jobs(group.verdicts);
    if (told.insert(group.first().check).second) {
      for (const model::Loss& loss : report.losses) {
        group.points += loss.check == group.first().check ? loss.points : 0;
      }
    }
  }
  return groups;
}

std::vector<UnknownGroup> unknown_groups(const model::AuditReport& report) {
  std::vector<UnknownGroup> groups;
  std::vector<std::vector<const model::Verdict*>> members;
  for (const model::Verdict& verdict : report.results) {
    if (verdict.outcome != model::Outcome::unknown) {
      continue;
    }
    auto found = std::ranges::find_if(
        groups, [&verdict](const UnknownGroup& group) { return group.reason == verdict.reason; });
    if (found == groups.end()) {
      found = groups.insert(groups.end(), {verdict.reason.text(), {}, 0, 0});
      members.emplace_back();
    }
    members[static_cast<std::size_t>(found - groups.begin())].push_back(&verdict);
    ++found->verdicts;
    if (std::ranges::find(found->checks, verdict.check.text()) == found->checks.end()) {
      found->checks.push_back(verdict.check);
    }
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i].jobs = distinct_jobs(members[i]);
  }
  return groups;
}

std::vector<WaivedGroup> waived_groups(const model::AuditReport& report) {
  std::vector<WaivedGroup> groups;
  for (const model::Verdict& verdict : report.results) {
    if (verdict.outcome != model::Outcome::fail || !verdict.waiver) {
      continue;
    }
    auto found = std::ranges::find_if(groups, [&verdict](const WaivedGroup& group) {
      return group.waiver->id == verdict.waiver->id &&
             group.waiver->reason == verdict.waiver->reason;
    });
    if (found == groups.end()) {
      found = groups.insert(groups.end(), {&*verdict.waiver, {}, 0});
    }
    ++found->verdicts;
    if (std::ranges::find(found->checks, verdict.check.text()) == found->checks.end()) {
      found->checks.push_back(verdict.check);
    }
  }
  return groups;
}

std::string told(const WaivedGroup& group) {
  const model::WaiverNote& waiver = *group.waiver;
  return fmt::format(
      "{} ({}){}{}: {}", base::join(group.checks, ", "), base::plural(group.verdicts, "finding"),
      waiver.until ? fmt::format(", until {}", for_people(*waiver.until)) : "",
      waiver.owner.empty() ? "" : fmt::format(", by {}", base::printable(waiver.owner)),
      base::printable(waiver.reason));
}

std::string counts_line(const model::AuditReport& report) {
  const auto waived = std::ranges::count_if(
      report.results, [](const model::Verdict& verdict) { return verdict.waiver.has_value(); });
  return fmt::format("{} failed{}, {} passed, {} unknown, {} not applicable.",
                     count(report, model::Outcome::fail),
                     waived > 0 ? fmt::format(" ({} of them waived)", waived) : "",
                     count(report, model::Outcome::pass), count(report, model::Outcome::unknown),
                     count(report, model::Outcome::not_applicable));
}

std::string where(const FindingGroup& group, const model::AuditReport& report) {
  if (group.jobs == 0) {
    return "cluster";
  }
  if (report.jobs.size() == 1 || group.jobs == 1) {
    return "job " + base::shorten(base::printable(*group.first().subject->job_name), 32);
  }
  return fmt::format("{} of {} jobs", group.jobs, report.jobs.size());
}

std::string name_of(const model::Subject& subject) {
  if (!subject.job_name) {
    return "cluster";
  }
  const std::string job = base::printable(*subject.job_name);
  return subject.vertex_name ? fmt::format("{}: {}", job, base::printable(*subject.vertex_name))
                             : job;
}

std::string show(const model::Evidence& evidence) {
  if (const auto* const text = std::get_if<std::string>(&evidence.value)) {
    return text->empty() ? "\"\"" : base::printable(*text);
  }
  if (const auto* const number = std::get_if<double>(&evidence.value)) {
    return fmt::format("{:.4g}{}{}", *number, evidence.unit.empty() ? "" : " ", evidence.unit);
  }
  const std::int64_t value = std::get<std::int64_t>(evidence.value);
  if (evidence.unit == "bytes" && (value >= 1024 || value <= -1024)) {
    return fmt::format("{} ({} bytes)", base::format_bytes({value}), value);
  }
  if (evidence.unit == model::unix_milliseconds) {
    return fmt::format("{} ({} ms)",
                       base::format_rfc3339(base::Timestamp(std::chrono::milliseconds(value))),
                       value);
  }
  constexpr std::int64_t a_century_in_ms = 3'155'760'000'000;
  if (evidence.unit == "ms" && value > a_century_in_ms) {
    return fmt::format("never ({} ms)", value);
  }
  if (evidence.unit == "ms" && (value >= 1000 || value <= -1000)) {
    return fmt::format("{} ({} ms)", base::format_duration(std::chrono::milliseconds(value)),
                       value);
  }
  return fmt::format("{}{}{}", value, evidence.unit.empty() ? "" : " ", evidence.unit);
}

std::string source_of(const model::Evidence& evidence) {
  if (!evidence.source) {
    return {};
  }
  return evidence.source->pointer.empty()
             ? evidence.source->path.text()
             : fmt::format("{}#{}", evidence.source->path, evidence.source->pointer);
}

std::string for_people(base::Timestamp time) {
  std::string text = base::format_rfc3339(time);
  text[10] = ' ';
  return text.substr(0, 19) + " UTC";
}

std::string_view word(model::Outcome outcome) {
  return outcome == model::Outcome::not_applicable ? "n/a" : to_text(outcome);
}

std::string facts_line(const model::AuditReport& report) {
  std::string text = report.flink_version.empty()
                         ? "Flink of unknown version"
                         : "Flink " + base::printable(report.flink_version);
  text += " · " + base::plural(report.jobs.size(), "job");
  if (report.terminal_jobs > 0) {
    text += fmt::format(" ({} more ended, not judged)", report.terminal_jobs);
  }
  if (report.task_managers) {
    text += " · " + base::plural(*report.task_managers, "TaskManager");
  }
  return text;
}

std::string cost_line(const model::AuditReport& report) {
  const std::string size = base::format_bytes(report.requests.received);
  if (report.requests.duration.count() == 0) {
    return fmt::format("Read from a recording: {}, {}; nothing was asked of a cluster.",
                       base::plural(report.requests.count, "answer"), size);
  }
  return fmt::format("This audit cost the cluster {}, {} and {}.",
                     base::plural(report.requests.count, "request"), size,
                     base::format_duration(report.requests.duration));
}

std::size_t count(const model::AuditReport& report, model::Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count_if(
      report.results, [outcome](const model::Verdict& v) { return v.outcome == outcome; }));
}

}  // namespace auditor::report
