#include "advice/upgrade.h"

#include <algorithm>
#include <ranges>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace auditor::advice {

namespace {

constexpr Release config_yaml_since{1, 19};

model::Evidence version_of(const model::Snapshot& snapshot) {
  return {"Flink's version",
          base::printable(snapshot.cluster.value->version.text),
          "",
          "",
          model::EvidenceSource{snapshot.cluster.source, "/flink-version"},
          snapshot.cluster.observed_at};
}

/// What no answer of a running 1.x cluster can tell, and 2.0 changed.
void plan_what_cannot_be_seen(const model::Snapshot& snapshot, UpgradePlan& plan) {
  plan.items.push_back(
      {.kind = "java",
       .step = Step::before,
       .effect = Effect::unseen,
       .jobs = {},
       .message = "Flink 2 needs Java 11 or newer, on every host and in every image, and its "
                  "images have Java 17.",
       .action = "Run the jobs on that Java with the release that runs now, where it can.",
       .key = {},
       .new_keys = {},
       .new_value = {},
       .evidence = {version_of(snapshot)}});
  plan.items.push_back(
      {.kind = "programs",
       .step = Step::with,
       .effect = Effect::unseen,
       .jobs = {},
       .message = "A jar that was built against Flink 1 may not run on Flink 2: the Scala and "
                  "DataSet APIs, SourceFunction, SinkFunction, the first Sink API and setters such "
                  "as setStateBackend and setRestartStrategy are gone.",
       .action = "Build each job against the new release, with connectors made for it; what the "
                 "setters set goes into the configuration.",
       .key = {},
       .new_keys = {},
       .new_value = {},
       .evidence = {version_of(snapshot)}});
}

void plan_configuration_file(const model::Snapshot& snapshot, UpgradePlan& plan) {
  const bool sure = !plan.from.at_least(config_yaml_since.major, config_yaml_since.minor);
  plan.items.push_back(
      {.kind = "configuration-file",
       .step = Step::with,
       .effect = sure ? Effect::breaks : Effect::unseen,
       .jobs = {},
       .message = sure
                      ? "Flink 2 reads config.yaml only; this cluster's flink-conf.yaml is ignored "
                        "there as a whole."
                      : "Flink 2 reads config.yaml only. Whether this cluster reads that or the "
                        "older flink-conf.yaml cannot be seen.",
       .action = "Start the new release with the converted configuration, in conf/config.yaml; a "
                 "FlinkDeployment's flinkConfiguration needs the keys alone.",
       .key = {},
       .new_keys = {},
       .new_value = {},
       .evidence = {version_of(snapshot)}});
}

std::string header_of(const UpgradePlan& plan) {
  std::string out = fmt::format(
      "# The configuration of a JobManager of Flink {} for Flink {}, by Flink Auditor.\n"
      "# Flink adds values of its own when it starts (addresses, ports, memory): take out what\n"
      "# your file does not have. TaskManagers may have other values, which REST does not show.\n",
      plan.from.text, plan.to.text());
  if (!plan.masked.empty()) {
    out += fmt::format("# Flink masks {}: put the value in where it says '******'.\n",
                       base::plural(plan.masked.size(), "value"));
  }
  return out;
}

}  // namespace

std::string_view to_text(Step step) {
  switch (step) {
    case Step::before:
      return "before";
    case Step::with:
      return "with";
    case Step::after:
      break;
  }
  return "after";
}

std::string_view to_text(Effect effect) {
  switch (effect) {
    case Effect::breaks:
      return "breaks";
    case Effect::unseen:
      return "unseen";
    case Effect::works:
      break;
  }
  return "works";
}

bool UpgradePlan::breaks() const {
  return std::ranges::find(items, Effect::breaks, &UpgradeItem::effect) != items.end();
}

base::Result<Release> parse_target_release(std::string_view text) {
  const auto release = parse_release(text);
  const auto& known = known_releases();
  if (release && std::ranges::find(known, *release) != known.end()) {
    return *release;
  }
  return base::fail(base::ErrorKind::usage,
                    fmt::format("--to \"{}\": no minor release of Flink that is known here; there "
                                "are {}",
                                base::printable(text),
                                fmt::join(known | std::views::transform(&Release::text), ", ")));
}

base::Result<UpgradePlan> plan_upgrade(const model::Snapshot& snapshot, const Release& to) {
  if (!snapshot.cluster.known()) {
    return tl::unexpected(snapshot.cluster.value.error().prefixed("Flink's version"));
  }
  UpgradePlan plan;
  plan.from = snapshot.cluster.value->version;
  plan.to = to;
  if (!plan.from.known()) {
    return base::fail(base::ErrorKind::not_flink,
                      fmt::format("the cluster says that it runs Flink \"{}\", which is no version",
                                  base::printable(plan.from.text)));
  }
  Release from{plan.from.major, plan.from.minor};
  if (to <= from) {
    return base::fail(base::ErrorKind::usage,
                      fmt::format("--to {}: the cluster runs Flink {} already{}", to.text(),
                                  base::printable(plan.from.text),
                                  to < from ? "; a step back is no upgrade" : ""));
  }
  if (!snapshot.configuration.known()) {
    return tl::unexpected(
        snapshot.is_history_server()
            ? base::Error{base::ErrorKind::not_flink,
                          "a HistoryServer does not tell a cluster's configuration: ask the "
                          "cluster itself",
                          0}
            : snapshot.configuration.value.error().prefixed("the cluster's configuration"));
  }
  from =
      std::max(from, known_releases().front());  // older ones are read as the oldest of the table
  plan_keys(snapshot, from, plan);
  plan_jobs(snapshot, plan);
  if (to.major >= 2 && plan.from.major < 2) {
    plan_configuration_file(snapshot, plan);
    plan_what_cannot_be_seen(snapshot, plan);
  }
  std::ranges::stable_sort(
      plan.items, {}, [](const UpgradeItem& item) { return std::tuple(item.step, item.effect); });
  return plan;
}

std::string converted_configuration(const UpgradePlan& plan) {
  std::string out = header_of(plan);
  if (plan.to >= config_yaml_since) {
    return out + nested_yaml(plan.configuration);
  }
  std::vector<const ConfigurationLine*> sorted;
  sorted.reserve(plan.configuration.size());
  for (const ConfigurationLine& line : plan.configuration) {
    sorted.push_back(&line);
  }
  std::ranges::sort(sorted, {}, [](const ConfigurationLine* line) {
    return std::tuple(line->commented_out, std::string_view(line->key));
  });
  for (const ConfigurationLine* line : sorted) {
    if (!line->comment.empty()) {
      out += fmt::format("# {}\n", line->comment);
    }
    out += fmt::format("{}{}: {}\n", line->commented_out ? "# " : "", line->key, line->value);
  }
  return out;
}

}  // namespace auditor::advice
