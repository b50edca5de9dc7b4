#include <chrono>

#include <fmt/format.h>

#include "audit/audit.h"
#include "base/bytes.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/progress.h"

namespace auditor::cli {

ExitCode run_record(const RecordOptions& options) {
  base::set_up_log(options.quiet ? base::LogLevel::quiet : base::LogLevel::normal);
  const auto access = resolve(options.url, options.access);
  if (!access) {
    return report_error(access.error());
  }
  collectors::Recorder recorder;
  constexpr int standard_error = 2;
  ProgressLine line(!options.quiet && is_terminal(standard_error));
  const auto snapshot = audit::look(
      *access, audit::Request{}, [&line](const audit::Progress& progress) { line.show(progress); },
      &recorder);
  if (!snapshot) {
    return report_error(snapshot.error().prefixed(access->base_url));
  }
  const auto content = recorder.finish(access->base_url, snapshot->taken_at);
  if (!content) {
    return report_error(content.error());
  }
  if (const auto written = base::write_file(options.file, *content); !written) {
    return report_error(written.error());
  }
  if (!options.quiet) {
    fmt::print(stderr, "{}: {} of {}, {}; secrets are masked, names and addresses are not\n",
               options.file, base::plural(recorder.size(), "answer"),
               base::plural(snapshot->jobs.size(), "job"),
               base::format_bytes({static_cast<std::int64_t>(content->size())}));
  }
  return ExitCode::clean;
}

}  // namespace auditor::cli
