#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "checks/flow/flow.h"

namespace auditor::testing {

/// The flow of a job of which only the first vertex was measured.
inline checks::FlowWindows first_measured(const model::JobSnapshot& job, std::optional<double> busy,
                                          double backpressured) {
  std::vector<checks::VertexWindow> windows;
  for (const model::JobVertex& vertex : job.details.value->vertices) {
    windows.push_back({&vertex, base::fail(base::ErrorKind::not_asked, "not measured")});
  }
  checks::FlowWindow window;
  window.busy = busy;
  window.backpressured = backpressured;
  windows.at(0).window = window;
  return std::make_shared<const std::vector<checks::VertexWindow>>(std::move(windows));
}

}  // namespace auditor::testing
