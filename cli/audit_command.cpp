#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "audit/audit.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/server.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/text.h"

namespace auditor::cli {

namespace {

constexpr int standard_output = 1;

/// Colour only for a person at a terminal who does not refuse it (https://no-color.org).
bool wants_color(const AuditOptions& options) {
  // The program has one thread, and nothing in it sets a variable.
  const char* refused = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  const char* terminal = std::getenv("TERM");     // NOLINT(concurrency-mt-unsafe)
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return options.color && !dumb && (refused == nullptr || *refused == '\0') &&
         is_terminal(standard_output);
}

base::Result<void> write_report(const model::AuditReport& report, const Output& output,
                                const AuditOptions& options) {
  std::string content;
  switch (output.format) {
    case Format::text:
      content = report::to_text(report, {.color = output.file.empty() && wants_color(options),
                                         .verbose = options.verbose});
      break;
    case Format::json:
      content = model::to_json(report);
      break;
    case Format::markdown:
      content = report::to_markdown(report);
      break;
    case Format::html:
      content = report::to_html(model::to_json(report));
      break;
  }
  if (!output.file.empty()) {
    return base::write_file(output.file, content);
  }
  if (std::fwrite(content.data(), 1, content.size(), stdout) != content.size() ||
      std::fflush(stdout) != 0) {
    return base::fail(base::ErrorKind::file, fmt::format("cannot write the report to stdout: {}",
                                                         std::generic_category().message(errno)));
  }
  return {};
}

base::Result<model::AuditReport> make_report(const AuditOptions& options,
                                             const audit::Request& request) {
  if (!options.server.empty()) {
    return read_from_server(options.server, options.target, options.access);
  }
  const auto watched = watch(options.target, options.access, request, options.quiet);
  if (!watched) {
    return tl::unexpected(watched.error());
  }
  return audit::judge(watched->latest, request.settings, watched->history).report;
}

ExitCode judge_outcome(const model::AuditReport& report, const AuditOptions& options) {
  if (report.score.coverage * 100 < options.min_coverage_percent) {
    fmt::print(stderr, "audit-now: coverage {:.0f} % is below --min-coverage {:.0f} %\n",
               report.score.coverage * 100, options.min_coverage_percent);
    return ExitCode::not_assessed;
  }
  const bool found =
      options.fail_on && std::ranges::any_of(report.results, [&](const model::Verdict& v) {
        return v.outcome == model::Outcome::fail && !v.waiver && v.severity >= *options.fail_on;
      });
  if (options.min_score && report.score.value.value_or(0) < *options.min_score) {
    fmt::print(stderr, "audit-now: the score {} is below --min-score {:.0f}\n",
               report.score.value ? fmt::format("{:.0f}", *report.score.value) : "n/a",
               *options.min_score);
    return ExitCode::findings;
  }
  return found ? ExitCode::findings : ExitCode::clean;
}

}  // namespace

ExitCode report_error(const base::Error& error) {
  fmt::print(stderr, "audit-now: {}\n", base::printable(error.message));
  switch (error.kind) {
    case base::ErrorKind::usage:
    case base::ErrorKind::configuration:
    case base::ErrorKind::file:
      return ExitCode::wrong_use;
    case base::ErrorKind::internal:
      return ExitCode::internal_error;
    default:
      return ExitCode::not_assessed;
  }
}

ExitCode run_audit(const AuditOptions& options) {
  base::set_up_log(options.quiet     ? base::LogLevel::quiet
                   : options.verbose ? base::LogLevel::verbose
                                     : base::LogLevel::normal);
  auto settings = resolve_settings(options.configuration, options.checks, options.uid_words);
  if (!settings) {
    return report_error(settings.error());
  }
  if (options.check_configuration) {
    fmt::print("{}: valid\n", options.configuration);
    return ExitCode::clean;
  }
  constexpr std::chrono::seconds between_two_reads{25};
  const auto made =
      make_report(options, {std::move(*settings), options.jobs,
                            options.quick ? std::chrono::seconds(0) : between_two_reads});
  if (!made) {
    return report_error(made.error());
  }
  const model::AuditReport& report = *made;
  for (const Output& output : options.outputs) {
    if (const auto written = write_report(report, output, options); !written) {
      return report_error(written.error());
    }
  }
  return judge_outcome(report, options);
}

}  // namespace auditor::cli
