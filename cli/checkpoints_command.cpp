#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "cli/arguments.h"
#include "cli/checkpoints_report.h"
#include "cli/command.h"

namespace auditor::cli {

namespace {

/// `audit-now checkpoints TARGET`.
class CheckpointsCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    add_target(app, target_);
    add_jobs(app, jobs_);
    app.add_option("--last", checkpoints_,
                   "How many checkpoints of each job, 2 requests each (Flink remembers 10)")
        ->type_name("NUMBER")
        ->check(CLI::Range(1, 100));
    add_text_or_json(app, format_);
    add_access(app, access_);
    add_quiet(app, quiet_);
  }

  ExitCode run() override {
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    audit::Request request;
    request.jobs = jobs_;
    request.demand = model::Resource::cluster | model::Resource::job | model::Resource::checkpoints;
    request.checkpoints_in_detail = checkpoints_;
    const auto snapshot = look(target_, access_, request, quiet_);
    if (!snapshot) {
      return report_error(snapshot.error());
    }
    const auto jobs = dissect(*snapshot);
    fmt::print("{}", format_ == "json" ? autopsy_as_json(jobs) : autopsy_as_text(jobs));
    return ExitCode::clean;
  }

 private:
  std::string target_;
  std::vector<std::string> jobs_;
  std::size_t checkpoints_ = 10;
  std::string format_ = "text";
  AccessOptions access_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_checkpoints_command() {
  return std::make_unique<CheckpointsCommand>();
}

}  // namespace auditor::cli
