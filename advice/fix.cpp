#include "advice/fix.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "advice/fix_rules.h"
#include "base/text.h"
#include "checks/facts.h"

namespace auditor::advice {

namespace {

constexpr std::array<std::string_view, 4> kinds{"config.yaml", "flink-conf.yaml", "flinkdeployment",
                                                "sql"};

/// The prose of a remediation, without its lines of code and what introduces them.
std::string caution_of(std::string_view remediation) {
  std::string text;
  for (const std::string_view line : base::split(remediation, '\n')) {
    const std::string_view said = base::trim(line);
    const bool introduces = said.ends_with(':');
    if (line.starts_with("    ") || said.empty() ||
        (introduces && said.find(' ') == std::string_view::npos) ||
        (introduces && (said.starts_with("In ") || (said.front() >= 'a' && said.front() <= 'z')))) {
      continue;
    }
    text.append(text.empty() ? "" : " ").append(said);
    if (introduces) {
      text.back() = '.';
    }
  }
  return text;
}

const model::JobSnapshot* job_of(const model::Snapshot& snapshot, const model::Verdict& verdict) {
  const auto found = std::ranges::find_if(snapshot.jobs, [&verdict](const model::JobSnapshot& job) {
    return verdict.subject->job_id == job.overview.id;
  });
  return found == snapshot.jobs.end() ? nullptr : &*found;
}

/// Whether the cluster's configuration sets all of it already: then the job's own code says
/// otherwise.
bool is_set_already(const std::vector<Setting>& settings,
                    const model::Configuration* configuration) {
  return configuration != nullptr &&
         std::ranges::all_of(settings, [configuration](const Setting& setting) {
           const auto* entry = configuration->find(setting.key);
           return entry != nullptr && entry->value == setting.value;
         });
}

Mend mend_of(const FixContext& context) {
  Mend mend;
  mend.verdict = context.verdict;
  mend.job = context.job;
  mend.sql = context.job != nullptr && context.job->details.known() &&
             checks::is_sql(*context.job->details.value);
  const auto rules = fix_rules();
  const auto rule =
      std::ranges::find(rules, std::string_view(context.verdict->check), &FixRule::check);
  if (rule == rules.end()) {
    const auto others = not_by_setting();
    const auto why =
        std::ranges::find(others, std::string_view(context.verdict->check), &NotBySetting::check);
    mend.why_not = why == others.end() ? "no setting is known" : std::string(why->why);
    return mend;
  }
  mend.settings = rule->settings(context);
  if (mend.settings.empty()) {
    mend.why_not = rule->otherwise;
  } else if (context.job != nullptr && is_set_already(mend.settings, context.configuration)) {
    mend.settings.clear();
    mend.why_not = "the cluster's configuration has it already: the job's own code says otherwise";
  } else {
    mend.caution = caution_of(context.verdict->remediation);
  }
  return mend;
}

}  // namespace

bool Setting::is_incomplete() const {
  return value.find(fill_in) != std::string::npos;
}

std::span<const std::string_view> patch_kinds() {
  return kinds;
}

base::Result<PatchKind> parse_patch_kind(std::string_view name,
                                         const model::FlinkVersion& version) {
  const bool yaml = version.at_least(1, 19);
  if (name.empty()) {
    return yaml ? PatchKind::config_yaml : PatchKind::flink_conf;
  }
  if (name == "config.yaml" && version.known() && !yaml) {
    return base::fail(base::ErrorKind::usage,
                      fmt::format("--for config.yaml: Flink {} reads flink-conf.yaml",
                                  base::printable(version.text)));
  }
  if (name == "flink-conf.yaml" && version.at_least(2, 0)) {
    return base::fail(base::ErrorKind::usage,
                      fmt::format("--for flink-conf.yaml: Flink {} reads config.yaml alone",
                                  base::printable(version.text)));
  }
  return name == "config.yaml"       ? PatchKind::config_yaml
         : name == "flink-conf.yaml" ? PatchKind::flink_conf
         : name == "sql"             ? PatchKind::sql
                                     : PatchKind::flink_deployment;
}

std::vector<Mend> mends_of(const model::Snapshot& snapshot, const model::AuditReport& report,
                           PatchKind kind) {
  FixContext context{
      .snapshot = &snapshot,
      .configuration = snapshot.configuration.known() ? &*snapshot.configuration.value : nullptr,
      .verdict = nullptr,
      .job = nullptr,
      .version = {}};
  if (kind == PatchKind::flink_deployment) {
    context.platform = model::Platform::kubernetes;
  } else if (context.configuration != nullptr) {
    context.platform = model::platform_of(*context.configuration);
  }
  if (snapshot.cluster.known()) {
    context.version = snapshot.cluster.value->version;
  }
  std::vector<Mend> mends;
  for (const model::Verdict& verdict : report.results) {
    if (verdict.outcome == model::Outcome::fail && !verdict.waiver) {
      context.verdict = &verdict;
      context.job = job_of(snapshot, verdict);
      mends.push_back(mend_of(context));
    }
  }
  return mends;
}

std::vector<PatchLine> cluster_lines(std::span<const Mend> mends, bool one_job) {
  std::vector<PatchLine> lines;
  for (const Mend& mend : mends) {
    for (const Setting& setting : mend.settings) {
      if (setting.reach == Reach::job && !one_job) {
        continue;
      }
      const auto same = std::ranges::find_if(lines, [&setting](const PatchLine& line) {
        return line.setting.key == setting.key && line.setting.value == setting.value;
      });
      if (same == lines.end()) {
        lines.push_back({setting, {&mend}, false});
      } else if (std::ranges::find(same->mends, &mend) == same->mends.end()) {
        same->mends.push_back(&mend);
      }
    }
  }
  for (PatchLine& line : lines) {
    line.disagree = std::ranges::any_of(lines, [&line](const PatchLine& other) {
      return other.setting.key == line.setting.key && other.setting.value != line.setting.value;
    });
  }
  return lines;
}

bool is_one_job(const model::Snapshot& snapshot) {
  if (snapshot.jobs.size() != 1 || !snapshot.configuration.known()) {
    return false;
  }
  const auto* target = snapshot.configuration.value->find(model::keys::execution_target);
  return target != nullptr &&
         (target->value.find("application") != std::string::npos || target->value == "embedded");
}

}  // namespace auditor::advice
