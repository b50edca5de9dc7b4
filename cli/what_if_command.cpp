#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "advice/what_if_json.h"
#include "base/log.h"
#include "checks/engine.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/targets.h"
#include "cli/what_if_report.h"

namespace auditor::cli {

namespace {

/// `audit-now what-if TARGET`.
class WhatIfCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    add_target(app, target_);
    app.add_option("--job", job_, "The job; not needed where there is one alone")
        ->type_name("NAME");
    constexpr std::int64_t most = 32'768;
    app.add_option("--max-parallelism", proposed_,
                   "Also for a max parallelism that the job does not have")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, most));
    app.add_flag("--all", all_, "Every parallelism, not only those that pay or are even");
    add_text_or_json(app, format_);
    add_access(app, access_);
    add_quiet(app, quiet_);
  }

  ExitCode run() override {
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    audit::Request request;
    request.demand =
        model::Resource::cluster | model::Resource::job | model::Resource::task_managers;
    const auto snapshot = look(target_, access_, request, quiet_);
    if (!snapshot) {
      return report_error(snapshot.error());
    }
    const auto found = one_job(*snapshot, job_, target_);
    if (!found) {
      return report_error(found.error());
    }
    const model::JobSnapshot& job = **found;
    if (!job.details.known()) {
      return report_error(job.details.value.error().prefixed(target_));
    }
    if (const auto closed = checks::gate(job, snapshot->is_history_server());
        closed && closed->outcome == model::Outcome::unknown) {
      return report_error(
          {base::ErrorKind::not_flink, fmt::format("{}: {}", job.overview.name, closed->reason)});
    }
    const advice::WhatIf result = advice::what_if(*snapshot, job, proposed_);
    if (result.groups.empty()) {
      return report_error(
          {base::ErrorKind::not_flink,
           fmt::format("{}: no vertex shows a max parallelism", job.overview.name)});
    }
    fmt::print("{}", format_ == "json"
                         ? advice::what_if_json(job.overview.name, result, true).dump() + "\n"
                         : what_if_as_text(job.overview.name, result, all_));
    return ExitCode::clean;
  }

 private:
  std::string target_;
  std::string job_;
  std::optional<std::int64_t> proposed_;
  bool all_ = false;
  std::string format_ = "text";
  AccessOptions access_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_what_if_command() {
  return std::make_unique<WhatIfCommand>();
}

}  // namespace auditor::cli
