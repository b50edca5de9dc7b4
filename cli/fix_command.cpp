#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advice/fix.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/fix_report.h"

namespace auditor::cli {

namespace {

/// `audit-now fix TARGET`.
class FixCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    add_target(app, target_);
    std::vector<std::string> kinds;
    for (const std::string_view kind : advice::patch_kinds()) {
      kinds.emplace_back(kind);
    }
    app.add_option("--for", kind_,
                   "config.yaml, flink-conf.yaml, flinkdeployment or sql; without it the file that "
                   "the cluster's release reads")
        ->type_name("KIND")
        ->check(CLI::IsMember(kinds));
    app.add_option("--check", checks_, "Only checks whose id matches; repeatable")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    add_jobs(app, jobs_);
    app.add_option("--config", configuration_, "Configuration file, as of an audit")
        ->type_name("FILE");
    add_access(app, access_);
    add_quiet(app, quiet_);
  }

  ExitCode run() override {
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    auto settings = resolve_settings(configuration_, checks_, {});
    if (!settings) {
      return report_error(settings.error());
    }
    audit::Request request;
    request.settings = std::move(*settings);
    request.jobs = jobs_;
    const auto watched = watch(target_, access_, request, quiet_);
    if (!watched) {
      return report_error(watched.error());
    }
    const model::Snapshot& snapshot = watched->latest;
    if (!snapshot.cluster.known()) {
      return report_error(
          snapshot.cluster.value.error().prefixed("the names of settings need Flink's version"));
    }
    const auto kind = advice::parse_patch_kind(kind_, snapshot.cluster.value->version);
    if (!kind) {
      return report_error(kind.error());
    }
    const model::AuditReport report =
        audit::judge(snapshot, request.settings, watched->history).report;
    const FixReport fix = fix_as_text(snapshot, advice::mends_of(snapshot, report, *kind), *kind);
    fmt::print("{}", fix.text);
    if (!quiet_ && !fix.incomplete.empty()) {
      fmt::print(stderr, "audit-now: fill in, where it says {}: {}\n", advice::fill_in,
                 fmt::join(fix.incomplete, ", "));
    }
    return ExitCode::clean;
  }

 private:
  std::string target_;
  std::string kind_;
  std::vector<std::string> checks_;
  std::vector<std::string> jobs_;
  std::string configuration_;
  AccessOptions access_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_fix_command() {
  return std::make_unique<FixCommand>();
}

}  // namespace auditor::cli
