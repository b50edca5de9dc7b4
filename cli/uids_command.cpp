#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/uids_report.h"

namespace auditor::cli {

namespace {

/// `audit-now uids TARGET`.
class UidsCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    add_target(app, target_);
    add_jobs(app, jobs_);
    add_uid_words(app, uid_words_);
    add_text_or_json(app, format_);
    add_access(app, access_);
    add_quiet(app, quiet_);
  }

  ExitCode run() override {
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    auto settings = resolve_settings("", {"operator-uid-missing"}, uid_words_);
    if (!settings) {
      return report_error(settings.error());
    }
    const audit::Request request{std::move(*settings), jobs_};
    const auto snapshot = look(target_, access_, request, quiet_);
    if (!snapshot) {
      return report_error(snapshot.error());
    }
    const auto jobs = list_uids(*snapshot, request.settings.uid_words);
    const model::FlinkVersion version =
        snapshot->cluster.known() ? snapshot->cluster.value->version : model::FlinkVersion{};
    fmt::print("{}", format_ == "json" ? uids_as_json(jobs) : uids_as_text(jobs, version));
    return ExitCode::clean;
  }

 private:
  std::string target_;
  std::vector<std::string> jobs_;
  std::vector<std::string> uid_words_;
  std::string format_ = "text";
  AccessOptions access_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_uids_command() {
  return std::make_unique<UidsCommand>();
}

}  // namespace auditor::cli
