#pragma once

#include <cstddef>
#include <string>

#include "model/baseline.h"
#include "model/report.h"

namespace auditor::report {

struct MarkdownOptions {
  /// GitHub refuses a comment that is longer. Bytes, which are no fewer than its characters.
  static constexpr std::size_t longest_comment = 65'536;

  std::size_t longest = longest_comment;
  const model::BaselineDifference* baseline = nullptr;  ///< nullptr: there is none
  std::string note = {};                                ///< a last line; empty: none
};

/// The report as GitHub-flavoured Markdown, for pull requests and tickets. What does not fit is
/// left out, the least severe first, and a line says what.
std::string to_markdown(const model::AuditReport& report, const MarkdownOptions& options = {});

}  // namespace auditor::report
