#pragma once

#include <chrono>

#include "audit/audit.h"

namespace auditor::cli {

/// A line on stderr that says how far an audit is, for a person at a terminal who waits longer than
/// a second.
class ProgressLine {
 public:
  explicit ProgressLine(bool enabled);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const audit::Progress& progress);

 private:
  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

/// Whether a person watches this stream.
bool is_terminal(int descriptor);

}  // namespace auditor::cli
