#include "advice/what_if_json.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace auditor::advice {

using nlohmann::ordered_json;

ordered_json what_if_json(const std::string& job, const WhatIf& result, bool all) {
  ordered_json groups = ordered_json::array();
  for (const KeyGroupGroup& group : result.groups) {
    ordered_json vertices = ordered_json::array();
    for (const model::JobVertex* vertex : group.vertices) {
      vertices.push_back({{"id", vertex->id.value},
                          {"name", base::printable(vertex->name)},
                          {"parallelism", *vertex->parallelism}});
    }
    ordered_json choices = ordered_json::array();
    for (const ParallelismChoice& choice : group.choices) {
      const bool now = group.is_current(choice.parallelism);
      if (!all && !now && !choice.pays && !choice.spread.even()) {
        continue;
      }
      choices.push_back({{"parallelism", choice.parallelism},
                         {"fewest", choice.spread.fewest},
                         {"most", choice.spread.most},
                         {"with_most", choice.spread.with_most},
                         {"imbalance", choice.spread.imbalance},
                         {"even", choice.spread.even()},
                         {"pays", choice.pays},
                         {"now", now},
                         {"slots_short", choice.slots_short ? ordered_json(*choice.slots_short)
                                                            : ordered_json()}});
    }
    groups.push_back({{"max_parallelism", group.max_parallelism},
                      {"proposed", group.proposed},
                      {"keyed", group.keyed},
                      {"vertices", std::move(vertices)},
                      {"choices", std::move(choices)}});
  }
  const auto or_null = [](const std::optional<std::int64_t>& value) {
    return value ? ordered_json(*value) : ordered_json();
  };
  return {{"schema", "flink-auditor/what-if/1"},
          {"job", base::printable(job)},
          {"slots", or_null(result.slots)},
          {"free", or_null(result.free)},
          {"used", result.used},
          {"groups", std::move(groups)}};
}

}  // namespace auditor::advice
