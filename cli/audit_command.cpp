#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "advice/baseline.h"
#include "audit/audit.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "checks/flow/flow.h"
#include "cli/arguments.h"
#include "cli/baseline_file.h"
#include "cli/command.h"
#include "cli/formats.h"
#include "cli/gating.h"
#include "cli/notice.h"
#include "cli/progress.h"
#include "cli/receiver.h"
#include "cli/server.h"
#include "cli/waiver_file.h"
#include "report/job_drawing.h"

namespace auditor::cli {

namespace {

constexpr int standard_output = 1;

/// What `audit-now TARGET` was told, valid.
struct AuditOptions {
  std::string target;
  std::string server;  // of a flink-auditd, whose latest audit of the cluster `target` is read
  AccessOptions access;
  std::vector<Output> outputs;
  GatingRules gating;
  std::string baseline;  // a file; empty: none
  std::string waivers;   // a file; empty: none
  bool no_waivers = false;
  std::string sarif_path;
  std::vector<std::string> checks;     // globs
  std::vector<std::string> jobs;       // globs
  std::vector<std::string> uid_words;  // files
  std::string configuration;
  std::string notify;  // a receiver of the configuration; empty: none
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
                                const Rendering& rendering) {
  const std::string content = output.format->render(report, rendering);
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

struct Audited {
  model::AuditReport report;
  std::string drawings = "{}";  ///< as `Rendering` has it; of a server's report there are none
};

base::Result<Audited> make_report(const AuditOptions& options, const audit::Request& request) {
  if (!options.server.empty()) {
    auto report = read_from_server(options.server, options.target, options.access);
    if (!report) {
      return tl::unexpected(report.error());
    }
    return Audited{*std::move(report)};
  }
  const auto watched = watch(options.target, options.access, request, options.quiet);
  if (!watched) {
    return tl::unexpected(watched.error());
  }
  audit::Judgement judgement = audit::judge(watched->latest, request.settings, watched->history);
  if (!options.quiet) {
    name_idle_waivers(request.settings, judgement.report.name, judgement.report.taken_at,
                      judgement.waiver_matches, options.checks.empty() && options.jobs.empty());
  }
  Audited made{std::move(judgement.report)};
  const auto is_html = [](const Output& output) { return output.format->name == "html"; };
  if (std::ranges::any_of(options.outputs, is_html)) {
    made.drawings = report::drawings_json(
        watched->latest,
        checks::flow_windows(watched->latest, watched->history, std::move(judgement.memos)));
  }
  return made;
}

/// Writes the report wherever it was asked for.
base::Result<void> write_reports(const Audited& made, const model::BaselineDifference* baseline,
                                 const AuditOptions& options) {
  Rendering rendering{.verbose = options.verbose,
                      .sarif_path = options.sarif_path,
                      .baseline = baseline,
                      .drawings = made.drawings,
                      .not_counted = not_counted(made.report, options.gating, baseline)};
  for (const Output& output : options.outputs) {
    rendering.color = output.file.empty() && wants_color(options);
    if (auto written = write_report(made.report, output, rendering); !written) {
      return written;
    }
  }
  return {};
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
    app.add_flag("--live", options_.gating.live,
                 "Findings about health count for the exit code, too");
    app.add_option("--min-score", options_.gating.min_score, "Exit 1 where the score is below")
        ->type_name("N")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--min-coverage", options_.gating.min_coverage_percent,
                   "Exit 3 where less than this share could be judged")
        ->type_name("PERCENT")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--baseline", options_.baseline,
                   "Only what is new since this JSON report counts; the first run writes it")
        ->type_name("FILE");
    app.add_option("--waivers", options_.waivers,
                   "Accepted findings: waivers: as in the daemon's configuration")
        ->type_name("FILE");
    app.add_flag("--no-waivers", options_.no_waivers, "No waivers, also none of --config");
    app.add_option("--sarif-path", options_.sarif_path,
                   "The file of the repository on which SARIF shows the results")
        ->type_name("PATH");
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
    app.add_option("--notify", options_.notify,
                   "Tell this receiver of --config where the exit code is not 0, for cron")
        ->type_name("RECEIVER");
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
    auto settings = settings_of_audit();
    if (!settings) {
      return report_error(settings.error());
    }
    if (options_.check_configuration) {
      fmt::print("{}: valid\n", options_.configuration);
      return ExitCode::clean;
    }
    if (!options_.notify.empty()) {
      auto chosen = find_receiver(options_.configuration, options_.notify);
      if (!chosen) {
        return report_error(chosen.error());
      }
      receiver_ = std::move(*chosen);
    }
    const auto baseline = options_.baseline.empty()
                              ? base::Result<std::optional<model::AuditReport>>()
                              : read_baseline(options_.baseline);
    if (!baseline) {
      return report_error(baseline.error());
    }
    constexpr std::chrono::seconds between_two_reads{25};
    const auto made =
        make_report(options_, {std::move(*settings), options_.jobs,
                               options_.quick ? std::chrono::seconds(0) : between_two_reads});
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    if (!made) {
      const ExitCode code = report_error(made.error());
      return notify(code,
                    [&] { return notice_of(options_.target, made.error(), options_.notify, now); });
    }
    return notify(finish(*made, *baseline),
                  [&] { return notice_of(made->report, options_.notify, now); });
  }

 private:
  base::Result<model::Settings> settings_of_audit() {
    auto settings = resolve_settings(options_.configuration, options_.checks, options_.uid_words);
    if (!settings) {
      return settings;
    }
    if (options_.no_waivers) {
      settings->waivers.clear();
    } else if (!options_.waivers.empty()) {
      if (const auto added = add_waivers(options_.waivers, *settings); !added) {
        return tl::unexpected(added.error());
      }
    }
    return settings;
  }

  /// Tells the receiver, where one is wanted and something is to be told. A receiver that does not
  /// take it is an error of its own, told on stderr; the audit's exit code stays.
  template <class Notice>
  ExitCode notify(ExitCode code, const Notice& notice) const {
    const bool worth_it = code == ExitCode::findings || code == ExitCode::not_assessed;
    if (receiver_ && worth_it) {
      auto parts = compose(notice(), *receiver_);
      const auto sent = parts ? send(std::move(*parts), *receiver_)
                              : base::Result<std::string>(tl::unexpected(parts.error()));
      if (!sent) {
        static_cast<void>(
            report_error(sent.error().prefixed(fmt::format("--notify {}", options_.notify))));
      }
    }
    return code;
  }

  /// Writes the reports, and the baseline where there is none yet; gives the exit code.
  ExitCode finish(const Audited& made, const std::optional<model::AuditReport>& baseline) {
    const model::AuditReport& report = made.report;
    std::optional<model::BaselineDifference> since;
    if (baseline) {
      since = advice::compare_with_baseline(report, *baseline, options_.jobs);
    }
    const model::BaselineDifference* const difference = since ? &*since : nullptr;
    if (const auto written = write_reports(made, difference, options_); !written) {
      return report_error(written.error());
    }
    if (too_little_judged(report, options_.gating)) {
      return ExitCode::not_assessed;
    }
    if (!options_.baseline.empty() && !baseline) {
      const auto written = write_baseline(options_.baseline, report);
      return written ? ExitCode::clean : report_error(written.error());
    }
    return gate(report, options_.gating, difference);
  }

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
    if (!options_.notify.empty() && options_.configuration.empty()) {
      return report_error(
          {base::ErrorKind::usage, "--notify needs --config FILE, which has the receiver"});
    }
    if (options_.no_waivers && !options_.waivers.empty()) {
      return report_error(
          {base::ErrorKind::usage, "--waivers and --no-waivers exclude each other"});
    }
    if (!options_.server.empty() && (options_.no_waivers || !options_.waivers.empty())) {
      return report_error({base::ErrorKind::usage,
                           "--waivers and --no-waivers do not go with --server: what it audited is "
                           "read as it is, with its own waivers"});
    }
    auto outputs = parse_outputs(outputs_, *find_format(format_));
    if (!outputs) {
      return report_error(outputs.error());
    }
    options_.outputs = std::move(*outputs);
    options_.gating.fail_on = model::parse_severity(fail_on_);
    return std::nullopt;
  }

  AuditOptions options_;
  std::optional<ChosenReceiver> receiver_;
  std::string format_ = "text";
  std::string fail_on_ = "high";
  std::vector<std::string> outputs_;
};

}  // namespace

std::unique_ptr<Command> make_audit_command() {
  return std::make_unique<AuditCommand>();
}

}  // namespace auditor::cli
