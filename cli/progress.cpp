#include "cli/progress.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace auditor::cli {

namespace {
using Clock = std::chrono::steady_clock;
}

ProgressLine::ProgressLine(bool enabled)
    : enabled_(enabled), next_(Clock::now() + std::chrono::seconds(1)) {}

ProgressLine::~ProgressLine() {
  if (shown_) {
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
  }
}

void ProgressLine::show(const audit::Progress& progress) {
  if (!enabled_ || Clock::now() < next_) {
    return;
  }
  if (progress.watches_for.count() > 0) {
    fmt::print(stderr,
               "\r\033[Kwatching the tasks of {} jobs before a second read (not with --quick)",
               progress.jobs);
  } else {
    fmt::print(stderr, "\r\033[K{} of {} answers, {} jobs so far", progress.answered,
               progress.asked, progress.jobs);
  }
  std::fflush(stderr);
  shown_ = true;
  next_ = Clock::now() + std::chrono::milliseconds(250);
}

bool is_terminal(int descriptor) {
  return isatty(descriptor) != 0;
}

}  // namespace auditor::cli
