#include "alerts/digest.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::alerts {

namespace {

using model::AuditReport;

constexpr std::size_t most_checks = 10;
constexpr std::size_t most_clusters = 5;
constexpr std::size_t name_columns = 60;

/// One check that fails somewhere.
struct Failing {
  std::string check;
  model::Severity worst = model::Severity::info;
  std::set<std::pair<std::string, std::string>> subjects;  ///< cluster, and job; empty: its own
  std::set<std::string> clusters;
};

bool is_posture(const AuditReport& report, const std::string& practice) {
  return std::ranges::any_of(report.practices, [&practice](const model::PracticeSummary& summary) {
    return summary.practice.id == practice && summary.practice.kind == model::PracticeKind::posture;
  });
}

std::vector<Failing> failing_in(const Reports& reports) {
  std::map<std::string, Failing> all;
  for (const auto& report : reports) {
    for (const model::Verdict& verdict : report->results) {
      if (verdict.outcome != model::Outcome::fail || verdict.waiver ||
          !is_posture(*report, verdict.practice)) {
        continue;
      }
      Failing& failing = all[verdict.check];
      failing.check = verdict.check;
      failing.worst = std::max(failing.worst, verdict.severity);
      failing.subjects.emplace(report->name, verdict.subject->job_name.value_or(""));
      failing.clusters.insert(report->name);
    }
  }
  std::vector<Failing> sorted;
  sorted.reserve(all.size());
  for (auto& [id, failing] : all) {
    sorted.push_back(std::move(failing));
  }
  std::ranges::stable_sort(sorted, [](const Failing& a, const Failing& b) {
    return a.worst != b.worst ? a.worst > b.worst : a.subjects.size() > b.subjects.size();
  });
  return sorted;
}

/// "43 jobs on 6 clusters", "2 clusters".
std::string extent_of(const Failing& failing) {
  const auto jobs = static_cast<std::size_t>(std::ranges::count_if(
      failing.subjects, [](const auto& subject) { return !subject.second.empty(); }));
  const std::string clusters = base::plural(failing.clusters.size(), "cluster");
  return jobs == 0 ? clusters : fmt::format("{} on {}", base::plural(jobs, "job"), clusters);
}

/// The mean of the clusters that have a score.
model::Score fleet_score(const Reports& reports) {
  model::Score fleet;
  double sum = 0;
  std::size_t scored = 0;
  for (const auto& report : reports) {
    if (report->score.value) {
      sum += *report->score.value;
      ++scored;
    }
  }
  if (scored > 0) {
    fleet.value = sum / static_cast<double>(scored);
  }
  return fleet;
}

std::string score_text(const model::Score& score) {
  return score.value ? fmt::format("{:.0f} ({})", *score.value, grade_of(score))
                     : std::string("n/a");
}

}  // namespace

model::Message digest_of(const Reports& reports, const std::string& receiver, base::Timestamp now) {
  std::size_t jobs = 0;
  for (const auto& report : reports) {
    jobs += report->jobs.size();
  }
  const std::vector<Failing> failing = failing_in(reports);
  model::Message message;
  message.kind = model::Message::Kind::digest;
  message.receiver = receiver;
  message.at = now;
  message.title =
      fmt::format("Flink's posture: score {}, {} on {}", score_text(fleet_score(reports)),
                  base::plural(jobs, "job"), base::plural(reports.size(), "cluster"));
  std::vector<std::string> lines;
  if (failing.empty()) {
    lines.emplace_back("Every check of posture passes, is waived or could not be assessed.");
  } else {
    lines.emplace_back("What fails, the worst first:");
    for (std::size_t i = 0; i < std::min(failing.size(), most_checks); ++i) {
      lines.push_back(fmt::format("- {}: {}, {}", to_text(failing[i].worst), failing[i].check,
                                  extent_of(failing[i])));
    }
    if (failing.size() > most_checks) {
      lines.push_back(fmt::format("- and {} more", failing.size() - most_checks));
    }
  }
  Reports worst;
  std::ranges::copy_if(reports, std::back_inserter(worst),
                       [](const auto& report) { return report->score.value.has_value(); });
  std::ranges::stable_sort(worst, {}, [](const auto& report) { return *report->score.value; });
  if (worst.size() > 1) {
    lines.emplace_back("The lowest scores:");
    worst.resize(std::min(worst.size(), most_clusters));
    for (const auto& report : worst) {
      lines.push_back(fmt::format("- {}: {}",
                                  base::shorten(base::printable(report->name), name_columns),
                                  score_text(report->score)));
    }
  }
  message.text = base::join(lines, "\n");
  return message;
}

std::optional<base::Timestamp> next_digest(const model::DigestSettings& settings,
                                           base::Timestamp after) {
  if (settings.receivers.empty()) {
    return std::nullopt;
  }
  constexpr int days_of_a_week = 7;
  const auto today = std::chrono::floor<std::chrono::days>(after);
  for (int day = 0; day <= days_of_a_week; ++day) {
    const auto date = today + std::chrono::days(day);
    const base::Timestamp at = date + settings.at;
    const bool wanted =
        settings.days.empty() ||
        std::ranges::find(settings.days, std::chrono::weekday(date)) != settings.days.end();
    if (wanted && at > after) {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace auditor::alerts
