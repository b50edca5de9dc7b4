#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"
#include "checks/upgrade/gone_keys.h"

namespace auditor::checks {

namespace {

using model::Configuration;

std::string remediation(const std::vector<const GoneKey*>& found) {
  constexpr std::size_t most = 12;
  std::string text =
      "Nothing to do on 1.x. Before the step to 2.x replace what has a successor, and remove the "
      "rest "
      "once you know that you can do without:\n";
  for (std::size_t i = 0; i < found.size() && i < most; ++i) {
    const std::string instead = found[i]->instead();
    text += instead.empty() ? fmt::format("    {}: remove\n", found[i]->name)
                            : fmt::format("    {}:\n        now {}\n", found[i]->name, instead);
  }
  if (found.size() > most) {
    text += fmt::format("    … and {} more\n", found.size() - most);
  }
  return text +
         "Flink 2 reads config.yaml only, no flink-conf.yaml. A changed key takes effect with a "
         "restart "
         "of the cluster's processes.";
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (context.get<model::ClusterInfo>().version.major >= 2) {
    out.not_applicable(context.cluster(), "the cluster runs Flink 2 already");
    return;
  }
  const auto& configuration = context.get<Configuration>();
  constexpr std::size_t most_named = 10;
  std::vector<const GoneKey*> found;
  std::vector<std::string> names;
  std::vector<model::Evidence> evidence;
  for (const GoneKey& key : keys_gone_in_2()) {
    if (configuration.find(key.name) == nullptr) {
      continue;
    }
    found.push_back(&key);
    if (names.size() < most_named) {
      names.emplace_back(key.name);
      evidence.push_back(
          context.evidence(model::ConfigurationKey{{{{key.name}, {}, {}}}}, "not set"));
    }
  }
  if (found.empty()) {
    out.pass(context.cluster(), "the configuration sets no key that Flink 2 does not read", {});
    return;
  }
  const std::string more =
      found.size() > names.size() ? fmt::format(" and {} more", found.size() - names.size()) : "";
  out.fail(
      context.cluster(),
      {.message = fmt::format("the configuration sets {} that Flink 2 does not read: {}{}. After "
                              "an upgrade {} would be ignored without a word",
                              base::plural(found.size(), "key"), base::join(names, ", "), more,
                              found.size() == 1 ? "it" : "they"),
       .evidence = std::move(evidence),
       .remediation = remediation(found)});
}

}  // namespace

extern constinit const Check configuration_gone_in_2{
    .info = {.id = "configuration-gone-in-2",
             .title = "The configuration sets keys that Flink 2 does not read",
             .practice = "upgrade",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::low,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::cluster | model::Resource::configuration},
    .evaluate = evaluate};

}  // namespace auditor::checks
