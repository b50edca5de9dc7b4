#include <chrono>
#include <csignal>
#include <thread>

#include <fmt/format.h>

#include "audit/audit.h"
#include "base/bytes.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/progress.h"

namespace auditor::cli {

namespace {

volatile std::sig_atomic_t interrupted = 0;

/// Ctrl-C ends a timeline, which is then written.
void stop_on_interrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

void wait_until(std::chrono::steady_clock::time_point due) {
  constexpr std::chrono::milliseconds tick{100};
  while (interrupted == 0 && std::chrono::steady_clock::now() < due) {
    std::this_thread::sleep_for(tick);
  }
}

base::Timestamp now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

ExitCode run_record(const RecordOptions& options) {
  base::set_up_log(options.quiet ? base::LogLevel::quiet : base::LogLevel::normal);
  const auto access = resolve(options.url, options.access);
  if (!access) {
    return report_error(access.error());
  }
  collectors::Recorder recorder;
  constexpr int standard_error = 2;
  ProgressLine line(!options.quiet && is_terminal(standard_error));
  if (options.every) {
    stop_on_interrupt();
  }
  const auto began = std::chrono::steady_clock::now();
  auto due = began;
  std::size_t jobs = 0;
  do {
    const auto snapshot = audit::look(
        *access, audit::Request{},
        [&line](const audit::Progress& progress) { line.show(progress); }, &recorder);
    if (!snapshot && !options.every) {
      return report_error(snapshot.error().prefixed(access->base_url));
    }
    // A look that fails is a part of a timeline, as a fail-over is.
    recorder.end_frame(snapshot ? snapshot->taken_at : now());
    jobs = snapshot ? snapshot->jobs.size() : jobs;
    if (!options.every || (due += *options.every) > began + options.lasting) {
      break;
    }
    wait_until(due);
  } while (interrupted == 0);
  const auto content = recorder.finish(access->base_url);
  if (!content) {
    return report_error(content.error());
  }
  if (const auto written = base::write_file(options.file, *content); !written) {
    return report_error(written.error());
  }
  if (!options.quiet) {
    fmt::print(stderr, "{}: {}{} of {}, {}; secrets are masked, names and addresses are not\n",
               options.file,
               options.every ? fmt::format("{}, ", base::plural(recorder.frames(), "look")) : "",
               base::plural(recorder.size(), "answer"), base::plural(jobs, "job"),
               base::format_bytes({static_cast<std::int64_t>(content->size())}));
  }
  return ExitCode::clean;
}

}  // namespace auditor::cli
