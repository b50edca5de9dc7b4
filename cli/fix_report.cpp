#include "cli/fix_report.h"

#include <algorithm>
#include <map>
#include <ranges>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advice/config_yaml.h"
#include "base/text.h"
#include "checks/facts.h"
#include "report/wrap.h"

namespace auditor::cli {

namespace {

using advice::Mend;
using advice::PatchKind;
using advice::PatchLine;
using advice::Reach;
using advice::Setting;

constexpr std::size_t width = 80;

std::string job_name(const Mend& mend) {
  return base::printable(mend.job->overview.name);
}

/// A name as a value in a file: of one line, whatever the cluster calls a job.
std::string jobs_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string text = fmt::format("{}", fmt::join(names | std::views::take(most), ", "));
  if (names.size() > most) {
    text += fmt::format(" and {} more", names.size() - most);
  }
  return text;
}

/// The check's id, and of which jobs.
std::string finding_of(std::string_view check, const std::vector<std::string>& jobs) {
  return jobs.empty() ? std::string(check) : fmt::format("{} ({})", check, jobs_of(jobs));
}

/// Check → the jobs that it names, in the order of the report.
std::vector<std::pair<std::string_view, std::vector<std::string>>> by_check(
    std::span<const Mend* const> mends) {
  std::vector<std::pair<std::string_view, std::vector<std::string>>> found;
  for (const Mend* mend : mends) {
    auto at = std::ranges::find(found, std::string_view(mend->verdict->check),
                                [](const auto& row) { return row.first; });
    if (at == found.end()) {
      at = found.insert(found.end(), {mend->verdict->check, {}});
    }
    if (mend->job != nullptr) {
      std::string name = job_name(*mend);
      if (std::ranges::find(at->second, name) == at->second.end()) {
        at->second.push_back(std::move(name));
      }
    }
  }
  return found;
}

/// Lines that answer the same checks, one after the other, in the order of the first of them.
std::vector<PatchLine> in_groups(std::vector<PatchLine> lines) {
  std::vector<PatchLine> grouped;
  grouped.reserve(lines.size());
  while (!lines.empty()) {
    const std::string first = lines.front().mends.front()->verdict->check;
    const auto rest = std::ranges::stable_partition(lines, [&first](const PatchLine& line) {
      return line.mends.front()->verdict->check != first;
    });
    std::ranges::move(rest, std::back_inserter(grouped));
    lines.erase(rest.begin(), rest.end());
  }
  return grouped;
}

class Writer {
 public:
  Writer(const model::Snapshot& snapshot, std::span<const Mend> mends, PatchKind kind)
      : snapshot_(&snapshot), mends_(mends), kind_(kind) {}

  FixReport write() && {
    header();
    if (kind_ == PatchKind::sql) {
      sql();
    } else {
      configuration();
    }
    rest();
    return std::move(report_);
  }

 private:
  void comment(std::string_view text, std::string_view first = "", std::string_view next = "") {
    const std::string_view mark = kind_ == PatchKind::sql ? "-- " : "# ";
    report_.text += report::wrap(text, width, fmt::format("{}{}{}", indent_, mark, first),
                                 fmt::format("{}{}{}", indent_, mark, next));
  }

  void header() {
    const std::string version =
        snapshot_->cluster.known() ? base::printable(snapshot_->cluster.value->version.text) : "";
    comment(
        fmt::format("For Flink {}, by Flink Auditor: settings for findings that configuration "
                    "can mend. Read what each costs, and apply them yourself.",
                    version));
    if (kind_ != PatchKind::sql) {
      comment(
          "What a job's own code sets wins over the configuration. Add these to the settings "
          "that you have: a key stands once.");
    }
  }

  /// Which findings a line answers, and what it costs; what was said of a check is not said again.
  void explain(std::span<const Mend* const> mends) {
    for (const auto& [check, jobs] : by_check(mends)) {
      comment(finding_of(check, jobs), "", "  ");
      const auto mend = std::ranges::find_if(
          mends, [&check](const Mend* each) { return each->verdict->check == check; });
      const std::string caution = base::printable((*mend)->caution);
      if (caution.empty()) {
        continue;
      }
      const auto [at, fresh] = said_.emplace(caution, std::string(check));
      comment(fresh                 ? caution
              : at->second == check ? "(as above)"
                                    : fmt::format("(as for {})", at->second),
              "  ", "  ");
    }
  }

  void note_incomplete(const Setting& setting) {
    if (!setting.is_incomplete()) {
      return;
    }
    comment(fmt::format("{}: only you know it.", advice::fill_in));
    if (std::ranges::find(report_.incomplete, setting.key) == report_.incomplete.end()) {
      report_.incomplete.push_back(setting.key);
    }
  }

  void configuration() {
    const bool deployment = kind_ == PatchKind::flink_deployment;
    const bool one_job = deployment && advice::is_one_job(*snapshot_);
    const auto lines = advice::cluster_lines(mends_, one_job);
    if (deployment) {
      deployment_head();
    }
    std::vector<std::string_view> before;  // the checks that the line before answers
    for (const PatchLine& line : in_groups(lines)) {
      std::vector<std::string_view> checks;
      for (const auto& [check, jobs] : by_check(line.mends)) {
        checks.push_back(check);
      }
      if (checks != before) {
        report_.text += '\n';
        explain(line.mends);
        before = std::move(checks);
      }
      if (line.disagree) {
        comment("Jobs want different values: set it for each of them, not here.");
        comment(fmt::format("{}: {}", line.setting.key, value_of(line.setting)));
        continue;
      }
      if (line.setting.reach == Reach::any && !one_job) {
        comment("It is the default of every job that sets none.");
      }
      note_incomplete(line.setting);
      report_.text += fmt::format("{}{}: {}\n", indent_, line.setting.key, value_of(line.setting));
    }
    if (lines.empty() && deployment) {
      report_.text += fmt::format("{}{{}}\n", indent_);
    }
    indent_.clear();
    if (!one_job) {
      job_settings();
    }
  }

  void deployment_head() {
    const auto* id = snapshot_->configuration.known()
                         ? snapshot_->configuration.value->find(model::keys::kubernetes_cluster_id)
                         : nullptr;
    const std::string name = id == nullptr ? "FILL-IN" : base::printable(id->value);
    if (id == nullptr) {
      report_.incomplete.emplace_back("metadata.name");
    }
    report_.text += fmt::format(
        "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\nmetadata:\n  name: {}\n"
        "spec:\n  flinkConfiguration:\n",
        advice::yaml_scalar(name));
    indent_ = "    ";
  }

  [[nodiscard]] std::string value_of(const Setting& setting) const {
    switch (kind_) {
      case PatchKind::flink_conf:
      case PatchKind::sql:
        return setting.value;
      case PatchKind::flink_deployment:  // its values are texts
        return fmt::format("'{}'", setting.value);
      case PatchKind::config_yaml:
        break;
    }
    return advice::yaml_value(setting.key, setting.value);
  }

  /// What must not stand in a configuration that several jobs read.
  void job_settings() {
    std::map<std::string, std::vector<const Mend*>> by_key;
    for (const Mend& mend : mends_) {
      for (const Setting& setting : mend.settings) {
        if (setting.reach == Reach::job) {
          by_key[setting.key].push_back(&mend);
        }
      }
    }
    if (by_key.empty()) {
      return;
    }
    report_.text += '\n';
    comment(
        "NOT HERE, for it would reach other jobs, and their restore would fail: set it in each "
        "job (audit-now explain tells how; --for sql has the statements of SQL jobs).");
    for (const auto& [key, mends] : by_key) {
      for (const auto& [check, jobs] : by_check(mends)) {
        comment(fmt::format("{}: {}", key, finding_of(check, jobs)), "  ", "    ");
      }
    }
  }

  void sql() {
    std::vector<const model::JobSnapshot*> jobs;
    for (const Mend& mend : mends_) {
      if (mend.sql && std::ranges::find(jobs, mend.job) == jobs.end()) {
        jobs.push_back(mend.job);
      }
    }
    for (const model::JobSnapshot* job : jobs) {
      report_.text += '\n';
      comment(fmt::format("Job {}: before its INSERT", base::printable(job->overview.name)));
      std::vector<std::string> written;
      for (const Mend& mend : mends_) {
        if (mend.job == job) {
          statements(mend, written);
        }
      }
    }
    not_in_sql();
  }

  void statements(const Mend& mend, std::vector<std::string>& written) {
    const Mend* const pointer = &mend;
    bool explained = false;
    for (const Setting& setting : mend.settings) {
      if (setting.reach == Reach::cluster ||
          std::ranges::find(written, setting.key) != written.end()) {
        continue;
      }
      if (!explained) {
        explain({&pointer, 1});
        explained = true;
      }
      written.push_back(setting.key);
      note_incomplete(setting);
      report_.text += fmt::format("SET '{}' = '{}';\n", setting.key, setting.value);
    }
  }

  void not_in_sql() {
    std::vector<const Mend*> others;
    for (const Mend& mend : mends_) {
      if (!mend.settings.empty() && !mend.sql) {
        others.push_back(&mend);
      }
    }
    if (others.empty()) {
      return;
    }
    report_.text += '\n';
    comment(
        "Not by SET, for they are the cluster's own, or of jobs that are not SQL (--for "
        "config.yaml, flink-conf.yaml or flinkdeployment):");
    for (const auto& [check, jobs] : by_check(others)) {
      comment(finding_of(check, jobs), "  ", "    ");
    }
  }

  /// What no setting mends.
  void rest() {
    std::map<std::string, std::vector<const Mend*>> by_reason;
    for (const Mend& mend : mends_) {
      if (mend.settings.empty()) {
        by_reason[fmt::format("{}: {}", mend.verdict->check, mend.why_not)].push_back(&mend);
      }
    }
    if (by_reason.empty()) {
      return;
    }
    report_.text += '\n';
    comment("No setting mends these:");
    for (const auto& [reason, mends] : by_reason) {
      const auto rows = by_check(mends);
      const std::string jobs =
          rows.front().second.empty() ? "" : fmt::format(" ({})", jobs_of(rows.front().second));
      comment(fmt::format("{}{}", reason, jobs), "  ", "    ");
      comment(fmt::format("audit-now explain {}", mends.front()->verdict->check), "    ", "    ");
    }
  }

  const model::Snapshot* snapshot_;
  std::span<const Mend> mends_;
  PatchKind kind_;
  std::string indent_;
  std::map<std::string, std::string> said_;  // caution → the check that said it
  FixReport report_;
};

}  // namespace

FixReport fix_as_text(const model::Snapshot& snapshot, std::span<const Mend> mends,
                      PatchKind kind) {
  return Writer(snapshot, mends, kind).write();
}

}  // namespace auditor::cli
