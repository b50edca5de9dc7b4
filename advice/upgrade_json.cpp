#include <algorithm>

#include <nlohmann/json.hpp>

#include "advice/upgrade.h"
#include "base/text.h"

namespace auditor::advice {

namespace {

using nlohmann::ordered_json;

ordered_json evidence_json(const model::Evidence& evidence) {
  ordered_json source;
  if (evidence.source) {
    source = {{"path", evidence.source->path}, {"pointer", evidence.source->pointer}};
  }
  return {
      {"label", base::printable(evidence.label)},
      {"value", std::visit([](const auto& value) { return ordered_json(value); }, evidence.value)},
      {"source", std::move(source)}};
}

ordered_json item_json(const UpgradeItem& item) {
  ordered_json evidence = ordered_json::array();
  for (const model::Evidence& fact : item.evidence) {
    evidence.push_back(evidence_json(fact));
  }
  return {{"kind", item.kind},
          {"step", to_text(item.step)},
          {"effect", to_text(item.effect)},
          {"jobs", item.jobs},
          {"key", item.key.empty() ? ordered_json() : ordered_json(item.key)},
          {"new_keys", item.new_keys},
          {"new_value", item.new_keys.empty() ? ordered_json() : ordered_json(item.new_value)},
          {"message", item.message},
          {"action", item.action},
          {"evidence", std::move(evidence)}};
}

}  // namespace

std::string upgrade_as_json(const UpgradePlan& plan) {
  ordered_json items = ordered_json::array();
  for (const UpgradeItem& item : plan.items) {
    items.push_back(item_json(item));
  }
  ordered_json configuration = ordered_json::array();
  for (const ConfigurationLine& line : plan.configuration) {
    if (!line.commented_out) {
      configuration.push_back({{"key", line.key}, {"value", line.value}});
    }
  }
  const ordered_json document{{"schema", "flink-auditor/upgrade/1"},
                              {"from", base::printable(plan.from.text)},
                              {"to", plan.to.text()},
                              {"breaks", plan.breaks()},
                              {"items", std::move(items)},
                              {"configuration", std::move(configuration)},
                              {"keys_kept", plan.keys_kept},
                              {"keys_unlisted", plan.unlisted},
                              {"keys_masked", plan.masked}};
  return document.dump(2) + "\n";
}

}  // namespace auditor::advice
