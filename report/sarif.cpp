#include "report/sarif.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "checks/engine.h"
#include "model/report_json.h"
#include "report/check_page.h"
#include "report/grouping.h"
#include "version.h"

namespace auditor::report {

namespace {

using Json = nlohmann::ordered_json;
using model::Outcome;
using model::Severity;
using model::Verdict;

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::high:
      return "error";
    case Severity::medium:
      return "warning";
    case Severity::low:
    case Severity::info:
      break;
  }
  return "note";
}

/// "/" stays where it separates folders; what a URI may not hold is percent-encoded.
std::string uri_of(std::string_view path, bool keep_slashes) {
  std::string uri;
  uri.reserve(path.size());
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain || (keep_slashes && c == '/')) {
      uri += c;
    } else {
      fmt::format_to(std::back_inserter(uri), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

/// The cluster's name, or its URL without the scheme.
std::string_view short_name(std::string_view cluster) {
  const std::size_t scheme = cluster.find("://");
  return scheme == std::string_view::npos ? cluster : cluster.substr(scheme + 3);
}

/// "operator-uid-missing" → "OperatorUidMissing", as names of rules are written.
std::string rule_name(std::string_view id) {
  std::string name;
  bool upper = true;
  for (const char c : id) {
    if (c == '-') {
      upper = true;
      continue;
    }
    name += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return name;
}

Json text(std::string_view content) {
  return {{"text", content}};
}

Json rule_of(const model::CheckInfo& info) {
  const model::Practice* const practice = model::find_practice(info.practice);
  const bool health = practice != nullptr && practice->kind == model::PracticeKind::health;
  Json rule{{"id", info.id},
            {"name", rule_name(info.id)},
            {"shortDescription", text(fmt::format("{}.", info.title))}};
  const std::string_view page = check_page(info.id);
  if (const std::string why = first_paragraph(page, "Why it matters"); !why.empty()) {
    rule["fullDescription"] = text(why);
  }
  if (!page.empty()) {
    rule["help"] = {{"text", page}, {"markdown", page}};
  }
  rule["defaultConfiguration"] = {{"level", level_of(info.severity)}};
  rule["properties"] = {
      {"practice", info.practice},
      {"severity", to_text(info.severity)},
      {"precision", info.confidence == model::Confidence::certain ? "very-high" : "medium"},
      {"tags", {"flink", info.practice, health ? "health" : "posture"}}};
  return rule;
}

/// The checks of the report's results, in the order of the catalogue; then those that a newer
/// daemon has and this program does not.
class Rules {
 public:
  explicit Rules(const model::AuditReport& report) {
    std::set<std::string_view> judged;
    for (const Verdict& verdict : report.results) {
      judged.insert(verdict.check);
    }
    for (const model::CheckInfo* info : checks::descriptions()) {
      if (judged.erase(info->id) > 0) {
        add(info->id, rule_of(*info));
      }
    }
    for (const std::string_view id : judged) {
      add(id, {{"id", id}, {"name", rule_name(id)}});
    }
  }

  /// A rule for a fail of the baseline whose check has none yet.
  void need(std::string_view id) {
    if (!index_.contains(id)) {
      const checks::Check* const check = checks::find_check(id);
      add(id, check != nullptr ? rule_of(check->info) : Json{{"id", id}, {"name", rule_name(id)}});
    }
  }

  [[nodiscard]] std::size_t index_of(std::string_view id) const { return index_.find(id)->second; }
  [[nodiscard]] const Json& all() const { return rules_; }

 private:
  void add(std::string_view id, Json rule) {
    index_.emplace(id, rules_.size());
    rules_.push_back(std::move(rule));
  }

  Json rules_ = Json::array();
  std::map<std::string, std::size_t, std::less<>> index_;
};

/// cluster → job → vertex, each once, by names.
class LogicalLocations {
 public:
  explicit LogicalLocations(std::string_view cluster)
      : root_(add(base::printable(cluster), base::printable(short_name(cluster)), "cluster", {})) {}

  /// What a result's location holds of the subject.
  Json of(const model::Subject& subject) {
    std::size_t index = root_;
    if (subject.job_name) {
      index = below(index, *subject.job_name, "job");
      if (subject.vertex_name) {
        index = below(index, vertex_of(subject), "vertex");
      }
    }
    return {{"fullyQualifiedName", all_[index]["fullyQualifiedName"]}, {"index", index}};
  }

  [[nodiscard]] Json all() && { return std::move(all_); }

 private:
  static std::string vertex_of(const model::Subject& subject) {
    return subject.vertex_ordinal.value_or(0) == 0
               ? *subject.vertex_name
               : fmt::format("{} #{}", *subject.vertex_name, *subject.vertex_ordinal + 1);
  }

  std::size_t below(std::size_t parent, std::string_view name, std::string_view kind) {
    const std::string shown = base::printable(name);
    return add(shown,
               fmt::format("{}/{}",
                           all_[parent]["fullyQualifiedName"].get_ref<const std::string&>(), shown),
               kind, parent);
  }

  std::size_t add(std::string name, std::string qualified, std::string_view kind,
                  std::optional<std::size_t> parent) {
    const auto [found, fresh] = index_.try_emplace(qualified, all_.size());
    if (fresh) {
      Json location{
          {"name", std::move(name)}, {"fullyQualifiedName", std::move(qualified)}, {"kind", kind}};
      if (parent) {
        location["parentIndex"] = *parent;
      }
      all_.push_back(std::move(location));
    }
    return found->second;
  }

  Json all_ = Json::array();
  std::map<std::string, std::size_t> index_;  // by qualified name
  std::size_t root_;
};

/// What a finding is recognized by in a later run: the report's own fingerprint, but for jobs that
/// share a name, whose fingerprint holds the JobID, name and number.
class Fingerprints {
 public:
  explicit Fingerprints(const model::AuditReport& report) {
    for (const model::JobSummary& job : report.jobs) {
      ++jobs_[job.name];
    }
  }

  model::Fingerprint of(const Verdict& verdict) {
    const auto jobs = jobs_.find(verdict.subject->job_name.value_or(""));
    if (jobs == jobs_.end() || jobs->second == 1) {
      return verdict.fingerprint;
    }
    model::Subject subject = *verdict.subject;
    subject.vertex_ordinal.reset();
    const model::Fingerprint by_name =
        model::fingerprint_of(verdict.check, subject, jobs->first, "");
    return model::fingerprint_of(verdict.check, subject, jobs->first,
                                 std::to_string(++numbers_[by_name]));
  }

 private:
  std::map<std::string, std::size_t> jobs_;  // how many bear the name
  std::map<model::Fingerprint, std::size_t>
      numbers_;  // how many findings of the subject's names so far
};

Json suppressions_of(const Verdict& verdict) {
  Json suppressions = Json::array();
  if (const auto& waiver = verdict.waiver) {
    Json properties{{"waiver", waiver->id}};
    if (!waiver->owner.empty()) {
      properties["owner"] = waiver->owner;
    }
    if (waiver->until) {
      properties["until"] = base::format_rfc3339(*waiver->until);
    }
    suppressions.push_back({{"kind", "external"},
                            {"status", "accepted"},
                            {"justification", waiver->reason},
                            {"properties", std::move(properties)}});
  }
  return suppressions;
}

Json properties_of(const Verdict& verdict) {
  Json evidence = Json::array();
  for (const model::Evidence& item : verdict.evidence) {
    evidence.push_back(model::evidence_json(item));
  }
  Json properties{{"severity", to_text(verdict.severity)},
                  {"confidence", to_text(verdict.confidence)},
                  {"practice", verdict.practice},
                  {"remediation", verdict.remediation},
                  {"evidence", std::move(evidence)}};
  if (verdict.subject->job_id) {
    properties["jobId"] = verdict.subject->job_id->value;
  }
  if (verdict.subject->vertex_id) {
    properties["vertexId"] = verdict.subject->vertex_id->value;
  }
  return properties;
}

std::string_view state_of(model::SinceBaseline since) {
  switch (since) {
    case model::SinceBaseline::added:
      return "new";
    case model::SinceBaseline::worse:
      return "updated";
    case model::SinceBaseline::known:
      break;
  }
  return "unchanged";
}

/// All that the results of a run have in common.
struct Run {
  Rules rules;
  LogicalLocations places;
  Fingerprints fingerprints;
  std::string uri;
  bool any_waived = false;
};

Json result_of(Run& run, const Verdict& verdict) {
  const std::string fingerprint = run.fingerprints.of(verdict).text();
  const std::string job = verdict.subject->job_name
                              ? fmt::format("{}: ", base::printable(*verdict.subject->job_name))
                              : std::string();
  Json result{
      {"ruleId", verdict.check},
      {"ruleIndex", run.rules.index_of(verdict.check)},
      {"kind", "fail"},
      {"level", level_of(verdict.severity)},
      {"message", text(fmt::format("{}{}.", job, verdict.message))},
      {"locations",
       {{{"physicalLocation",
          {{"artifactLocation", {{"uri", run.uri}, {"index", 0}}}, {"region", {{"startLine", 1}}}}},
         {"logicalLocations", Json::array({run.places.of(*verdict.subject)})}}}},
      // The first is the name that GitHub reads.
      {"partialFingerprints",
       {{"primaryLocationLineHash", fmt::format("{}:1", fingerprint)},
        {"flinkAuditor/v1", fingerprint}}}};
  if (run.any_waived) {  // SARIF: of all results or of none
    result["suppressions"] = suppressions_of(verdict);
  }
  result["properties"] = properties_of(verdict);
  return result;
}

Json notifications_of(const model::AuditReport& report, const Rules& rules) {
  Json notifications = Json::array();
  for (const UnknownGroup& group : unknown_groups(report)) {
    const std::string place =
        group.jobs == 0 ? std::string("the cluster") : base::plural(group.jobs, "job");
    Json notification{
        {"descriptor", {{"id", "unknown"}, {"index", 0}}},
        {"level", "warning"},
        {"message",
         text(fmt::format("Could not be judged, and does not count as healthy: {}. {} "
                          "on {}: {}",
                          base::printable(group.reason), base::plural(group.verdicts, "verdict"),
                          place, base::join(group.checks, ", ")))}};
    if (group.checks.size() == 1) {
      notification["associatedRule"] = {{"id", group.checks.front()},
                                        {"index", rules.index_of(group.checks.front())}};
    }
    notification["properties"] = {{"checks", group.checks}};
    notifications.push_back(std::move(notification));
  }
  return notifications;
}

Json tool_of(const Rules& rules) {
  return {{"driver",
           {{"name", "Flink Auditor"},
            {"version", version},
            {"semanticVersion", version},
            {"rules", rules.all()},
            {"notifications",
             {{{"id", "unknown"},
               {"name", "Unknown"},
               {"shortDescription", text("A check could not be judged.")},
               {"defaultConfiguration", {{"level", "warning"}}}}}}}}};
}

Json score_of(const model::AuditReport& report) {
  return {{"score",
           report.score.value ? Json(std::round(*report.score.value * 100) / 100) : Json(nullptr)},
          {"coverage", std::round(report.score.coverage * 100) / 100},
          {"flinkVersion", report.flink_version}};
}

}  // namespace

std::string to_sarif(const model::AuditReport& report, const SarifOptions& options) {
  Run run{.rules = Rules(report),
          .places = LogicalLocations(report.name),
          .fingerprints = Fingerprints(report),
          .uri = options.path.empty()
                     ? fmt::format("flink/{}", uri_of(short_name(report.name), false))
                     : uri_of(options.path, true),
          .any_waived = std::ranges::any_of(
              report.results, [](const Verdict& verdict) { return verdict.waiver.has_value(); })};
  Json results = Json::array();
  for (const Verdict& verdict : report.results) {
    if (verdict.outcome == Outcome::fail) {
      results.push_back(result_of(run, verdict));
      if (options.baseline != nullptr) {
        results.back()["baselineState"] = state_of(options.baseline->of(verdict));
      }
    }
  }
  if (options.baseline != nullptr) {
    for (const Verdict* verdict : options.baseline->fixed) {
      run.rules.need(verdict->check);
      results.push_back(result_of(run, *verdict));
      results.back()["baselineState"] = "absent";
    }
  }
  Json document{
      {"$schema",
       "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
       "sarif-schema-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       Json::array(
           {{{"tool", tool_of(run.rules)},
             {"automationDetails",
              {{"id", fmt::format("flink-auditor/{}/", base::printable(report.name))}}},
             {"invocations",
              Json::array({{{"executionSuccessful", true},
                            {"endTimeUtc", base::format_rfc3339(report.taken_at)},
                            {"toolExecutionNotifications", notifications_of(report, run.rules)}}})},
             {"artifacts",
              Json::array({{{"location", {{"uri", run.uri}}},
                            {"description", text(fmt::format("The Flink cluster {}",
                                                             base::printable(report.target)))}}})},
             {"logicalLocations", std::move(run.places).all()},
             {"results", std::move(results)},
             {"columnKind", "utf16CodeUnits"},
             {"properties", score_of(report)}}})}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace auditor::report
