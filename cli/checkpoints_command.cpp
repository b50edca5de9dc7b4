#include <fmt/format.h>

#include "base/log.h"
#include "cli/checkpoints_report.h"
#include "cli/commands.h"

namespace auditor::cli {

ExitCode run_checkpoints(const CheckpointsOptions& options) {
  base::set_up_log(options.quiet ? base::LogLevel::quiet : base::LogLevel::normal);
  audit::Request request;
  request.jobs = options.jobs;
  request.demand = model::Resource::cluster | model::Resource::job | model::Resource::checkpoints;
  request.checkpoints_in_detail = options.checkpoints;
  const auto snapshot = look(options.target, options.access, request, options.quiet);
  if (!snapshot) {
    return report_error(snapshot.error());
  }
  const auto jobs = dissect(*snapshot);
  fmt::print("{}", options.format == Format::json ? autopsy_as_json(jobs) : autopsy_as_text(jobs));
  return ExitCode::clean;
}

}  // namespace auditor::cli
