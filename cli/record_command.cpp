#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "audit/audit.h"
#include "base/bytes.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/command.h"
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

/// `audit-now record URL FILE`.
class RecordCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("URL", url_, "The cluster's URL")->required();
    app.add_option("FILE", file_, "The recording to write, gzip: NAME.json.gz")->required();
    app.add_option("--every", every_text_,
                   "Look again and again, so far apart (10s): a timeline of frames")
        ->type_name("DURATION");
    app.add_option("--for", lasting_text_, "How long, with --every; Ctrl-C ends it earlier")
        ->type_name("DURATION");
    add_access(app, access_);
    app.add_flag("-q,--quiet", quiet_, "Say nothing but errors");
  }

  ExitCode run() override {
    if (!every_text_.empty()) {
      every_ = base::parse_duration(every_text_);
      const auto end = base::parse_duration(lasting_text_);
      if (!every_ || every_->count() < 1'000 || !end) {
        return report_error(
            {base::ErrorKind::usage,
             "--every and --for take a duration such as 10s or 5min; --every at least 1s"});
      }
      lasting_ = *end;
    }
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    const auto access = resolve(url_, access_);
    if (!access) {
      return report_error(access.error());
    }
    collectors::Recorder recorder;
    constexpr int standard_error = 2;
    ProgressLine line(!quiet_ && is_terminal(standard_error));
    if (every_) {
      stop_on_interrupt();
    }
    const auto began = std::chrono::steady_clock::now();
    auto due = began;
    std::size_t jobs = 0;
    do {
      const auto snapshot = audit::look(
          *access, audit::Request{},
          [&line](const audit::Progress& progress) { line.show(progress); }, &recorder);
      if (!snapshot && !every_) {
        return report_error(snapshot.error().prefixed(access->base_url));
      }
      // A look that fails is a part of a timeline, as a fail-over is.
      recorder.end_frame(snapshot ? snapshot->taken_at : now());
      jobs = snapshot ? snapshot->jobs.size() : jobs;
      if (!every_ || (due += *every_) > began + lasting_) {
        break;
      }
      wait_until(due);
    } while (interrupted == 0);
    const auto content = recorder.finish(access->base_url);
    if (!content) {
      return report_error(content.error());
    }
    if (const auto written = base::write_file(file_, *content); !written) {
      return report_error(written.error());
    }
    if (!quiet_) {
      fmt::print(stderr, "{}: {}{} of {}, {}; secrets are masked, names and addresses are not\n",
                 file_, every_ ? fmt::format("{}, ", base::plural(recorder.frames(), "look")) : "",
                 base::plural(recorder.size(), "answer"), base::plural(jobs, "job"),
                 base::format_bytes({static_cast<std::int64_t>(content->size())}));
    }
    return ExitCode::clean;
  }

 private:
  std::string url_;
  std::string file_;
  std::string every_text_;
  std::string lasting_text_ = "5min";
  std::optional<std::chrono::milliseconds> every_;  // nullopt: once
  std::chrono::milliseconds lasting_{0};            // how long, with `every_`
  AccessOptions access_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_record_command() {
  return std::make_unique<RecordCommand>();
}

}  // namespace auditor::cli
