#pragma once

#include <string>

#include "advice/comparison.h"

namespace auditor::cli {

/// Two audits and what differs.
struct Diff {
  const model::AuditReport* before = nullptr;
  const model::AuditReport* after = nullptr;
  const advice::Comparison* comparison = nullptr;
};

/// For a terminal of 80 columns.
std::string diff_as_text(const Diff& diff);

/// Schema flink-auditor/diff/1.
std::string diff_as_json(const Diff& diff);

}  // namespace auditor::cli
