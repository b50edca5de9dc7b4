#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "audit/audit.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/formats.h"
#include "cli/progress.h"
#include "cli/server.h"

namespace auditor::cli {

namespace {

constexpr int standard_output = 1;

/// What `audit-now TARGET` was told, valid.
struct AuditOptions {
  std::string target;
  std::string server;  // of a flink-auditd, whose latest audit of the cluster `target` is read
  AccessOptions access;
  std::vector<Output> outputs;
  std::optional<model::Severity> fail_on;  // nullopt: never
  std::optional<double> min_score;
  double min_coverage_percent = 0;
  std::vector<std::string> checks;     // globs
  std::vector<std::string> jobs;       // globs
  std::vector<std::string> uid_words;  // files
  std::string configuration;
  bool check_configuration = false;
  bool no_color = false;
  bool quick = false;  // one look at what the tasks have done, not two
  bool quiet = false;
  bool verbose = false;
};

/// Colour only for a person at a terminal who does not refuse it (https://no-color.org).
bool wants_color(const AuditOptions& options) {
  // The program has one thread, and nothing in it sets a variable.
  const char* refused = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  const char* terminal = std::getenv("TERM");     // NOLINT(concurrency-mt-unsafe)
  const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
  return !options.no_color && !dumb && (refused == nullptr || *refused == '\0') &&
         is_terminal(standard_output);
}

base::Result<void> write_report(const model::AuditReport& report, const Output& output,
                                const AuditOptions& options) {
  const std::string content = output.format->render(
      report, {.color = output.file.empty() && wants_color(options), .verbose = options.verbose});
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

/// `audit-now TARGET`.
class AuditCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("TARGET", options_.target,
                   "A cluster's URL, or a recording (a file or a folder)");
    std::vector<std::string> names;
    for (const ReportFormat& format : report_formats()) {
      names.emplace_back(format.name);
    }
    app.add_option("--format", format_, "Of what goes to stdout")
        ->type_name("FORMAT")
        ->check(CLI::IsMember(names));
    app.add_option("-o,--output", outputs_,
                   "Write to FILE; FORMAT=FILE writes there as well as to stdout; repeatable")
        ->type_name("[FORMAT=]FILE")
        ->allow_extra_args(false);
    app.add_option("--fail-on", fail_on_, "Exit 1 at this severity or above; never: do not")
        ->type_name("SEVERITY")
        ->check(CLI::IsMember({"info", "low", "medium", "high", "critical", "never"}));
    app.add_option("--min-score", options_.min_score, "Exit 1 where the score is below")
        ->type_name("N")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--min-coverage", options_.min_coverage_percent,
                   "Exit 3 where less than this share could be judged")
        ->type_name("PERCENT")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--check", options_.checks, "Only checks whose id matches; repeatable")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    add_jobs(app, options_.jobs);
    add_uid_words(app, options_.uid_words);
    app.add_option("--server", options_.server,
                   "Read the latest audit of a flink-auditd; TARGET is a cluster's name there")
        ->type_name("URL");
    app.add_option("--config", options_.configuration, "Configuration file")->type_name("FILE");
    app.add_flag("--check-config", options_.check_configuration,
                 "Only check the configuration file");
    add_access(app, options_.access);
    app.add_flag("--quick", options_.quick,
                 "Read what the tasks have done once, not again after 25 s");
    app.add_flag("--no-color", options_.no_color,
                 "No colour, also on a terminal (NO_COLOR does the same)");
    add_quiet(app, options_.quiet);
    app.add_flag("-v,--verbose", options_.verbose,
                 "Every subject of a finding with its own evidence");
  }

  ExitCode run() override {
    if (const auto wrong = validate()) {
      return *wrong;
    }
    base::set_up_log(options_.quiet     ? base::LogLevel::quiet
                     : options_.verbose ? base::LogLevel::verbose
                                        : base::LogLevel::normal);
    auto settings = resolve_settings(options_.configuration, options_.checks, options_.uid_words);
    if (!settings) {
      return report_error(settings.error());
    }
    if (options_.check_configuration) {
      fmt::print("{}: valid\n", options_.configuration);
      return ExitCode::clean;
    }
    constexpr std::chrono::seconds between_two_reads{25};
    const auto made =
        make_report(options_, {std::move(*settings), options_.jobs,
                               options_.quick ? std::chrono::seconds(0) : between_two_reads});
    if (!made) {
      return report_error(made.error());
    }
    const model::AuditReport& report = *made;
    for (const Output& output : options_.outputs) {
      if (const auto written = write_report(report, output, options_); !written) {
        return report_error(written.error());
      }
    }
    return judge_outcome(report, options_);
  }

 private:
  /// An exit code where the options do not fit together; fills what follows from them.
  std::optional<ExitCode> validate() {
    if (options_.check_configuration && options_.configuration.empty()) {
      options_.configuration = options_.target;  // audit-now --check-config FILE
    }
    if (options_.check_configuration && options_.configuration.empty()) {
      return report_error({base::ErrorKind::usage, "--check-config needs --config FILE"});
    }
    if (options_.target.empty() && options_.server.empty() && !options_.check_configuration) {
      return report_error({base::ErrorKind::usage,
                           "no TARGET: give a cluster's URL or a recording; see audit-now --help"});
    }
    auto outputs = parse_outputs(outputs_, *find_format(format_));
    if (!outputs) {
      return report_error(outputs.error());
    }
    options_.outputs = std::move(*outputs);
    options_.fail_on = model::parse_severity(fail_on_);
    return std::nullopt;
  }

  AuditOptions options_;
  std::string format_ = "text";
  std::string fail_on_ = "high";
  std::vector<std::string> outputs_;
};

}  // namespace

std::unique_ptr<Command> make_audit_command() {
  return std::make_unique<AuditCommand>();
}

}  // namespace auditor::cli
