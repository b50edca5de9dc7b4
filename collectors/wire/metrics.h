#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/flow.h"

namespace auditor::collectors::wire {

/// Metrics aggregated over several components (`[{"id", "min", "max", "sum"}]`), or of one
/// (`[{"id", "value"}]`, where all three are the value). What is no number is left out.
base::Result<model::MetricValues> decode_metrics(std::string_view body);

/// The ids of a list of metrics.
base::Result<std::vector<std::string>> decode_metric_names(std::string_view body);

/// What Flink would answer to `?get=NAMES`, out of all metrics of a resource: one name that is
/// unknown empties an aggregated answer, and is left out of a plain one (flink-facts A.4.10).
std::string choose_metrics(std::string_view all, std::span<const std::string> names,
                           bool aggregated);

}  // namespace auditor::collectors::wire
