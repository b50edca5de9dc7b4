#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advice/upgrade.h"
#include "base/files.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/upgrade_report.h"

namespace auditor::cli {

namespace {

/// `audit-now upgrade TARGET --to RELEASE`.
class UpgradeCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    add_target(app, target_);
    app.add_option("--to", to_, "The minor release to go to, such as 2.3")
        ->type_name("RELEASE")
        ->required();
    app.add_option("--format", format_, "text, json, or config.yaml: the converted configuration")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json", "config.yaml"}));
    app.add_option("--config-yaml", file_, "Write the converted configuration to FILE, too")
        ->type_name("FILE");
    add_access(app, access_);
    add_quiet(app, quiet_);
  }

  ExitCode run() override {
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    const auto to = advice::parse_target_release(to_);
    if (!to) {
      return report_error(to.error());
    }
    audit::Request request;
    request.demand = advice::upgrade_demand;
    const auto snapshot = look(target_, access_, request, quiet_);
    if (!snapshot) {
      return report_error(snapshot.error());
    }
    const auto plan = advice::plan_upgrade(*snapshot, *to);
    if (!plan) {
      return report_error(plan.error().prefixed(target_));
    }
    if (!file_.empty()) {
      if (const auto written = base::write_file(file_, advice::converted_configuration(*plan));
          !written) {
        return report_error(written.error());
      }
    }
    fmt::print("{}", format_ == "json"   ? advice::upgrade_as_json(*plan)
                     : format_ == "text" ? upgrade_as_text(*plan, target_)
                                         : advice::converted_configuration(*plan));
    if (!quiet_ && !plan->masked.empty() && (format_ == "config.yaml" || !file_.empty())) {
      fmt::print(stderr, "audit-now: put in what Flink masks: {}\n", fmt::join(plan->masked, ", "));
    }
    return plan->breaks() ? ExitCode::findings : ExitCode::clean;
  }

 private:
  std::string target_;
  std::string to_;
  std::string format_ = "text";
  std::string file_;
  AccessOptions access_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_upgrade_command() {
  return std::make_unique<UpgradeCommand>();
}

}  // namespace auditor::cli
