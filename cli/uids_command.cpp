#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/uids_report.h"

namespace auditor::cli {

ExitCode run_uids(const UidsOptions& options) {
  base::set_up_log(options.quiet ? base::LogLevel::quiet : base::LogLevel::normal);
  auto settings = resolve_settings("", {"operator-uid-missing"}, options.uid_words);
  if (!settings) {
    return report_error(settings.error());
  }
  const audit::Request request{std::move(*settings), options.jobs};
  const auto snapshot = look(options.target, options.access, request, options.quiet);
  if (!snapshot) {
    return report_error(snapshot.error());
  }
  const auto jobs = list_uids(*snapshot, request.settings.uid_words);
  const model::FlinkVersion version =
      snapshot->cluster.known() ? snapshot->cluster.value->version : model::FlinkVersion{};
  fmt::print("{}",
             options.format == Format::json ? uids_as_json(jobs) : uids_as_text(jobs, version));
  return ExitCode::clean;
}

}  // namespace auditor::cli
