#pragma once

#include <optional>
#include <string>

#include "advice/gate.h"
#include "checks/operator-uids/operator_graph.h"

/// What a gate says of settings: max parallelism, state backend, Flink's release.
namespace auditor::advice {

struct GateSettings {
  const GateSide& running;
  const GateSide& candidate;
  const GateOptions& options;
};

/// Of the vertex `after` of the candidate, which gets the state of `before`; nullopt where that has
/// no known max parallelism.
std::optional<GateRow> max_parallelism_row(const GateSettings& of,
                                           const checks::ChainVertex& before,
                                           const checks::ChainVertex& after, std::string subject);

GateRow backend_row(const GateSettings& of);

/// nullopt where both run, or may run, the same minor release.
std::optional<GateRow> version_row(const GateSettings& of);

model::Evidence gate_evidence(std::string label, model::EvidenceValue value, std::string path,
                              std::string pointer, std::string unit = {});

}  // namespace auditor::advice
