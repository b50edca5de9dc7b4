#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "alerts/receivers.h"
#include "base/log.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/receiver.h"

namespace auditor::cli {

namespace {

/// `audit-now test-receiver NAME --config FILE`.
class TestReceiverCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("NAME", name_, "A receiver of the configuration; not needed where it is alone");
    app.add_option("--config", configuration_, "The configuration of flink-auditd")
        ->type_name("FILE")
        ->required();
    app.add_flag("--dry-run", dry_run_, "Show what would be sent, without its secrets");
    add_quiet(app, quiet_);
    app.footer("Exit: 0 it was taken; 2 wrong use or configuration; 3 it was not taken.");
  }

  ExitCode run() override {
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    const auto chosen = find_receiver(configuration_, name_);
    if (!chosen) {
      return report_error(chosen.error());
    }
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    auto parts = compose(alerts::test_message(chosen->receiver.name, now), *chosen);
    if (!parts) {
      return report_error(parts.error());
    }
    if (dry_run_ || !quiet_) {
      for (const http::Outgoing& part : *parts) {
        fmt::print("{}", cli::describe(part, chosen->receiver));
      }
    }
    if (dry_run_) {
      return ExitCode::clean;
    }
    const auto answered = send(std::move(*parts), *chosen);
    if (!answered) {
      return report_error(answered.error().prefixed(fmt::format(
          "receiver \"{}\" ({})", chosen->receiver.name, to_text(chosen->receiver.kind))));
    }
    if (!quiet_) {
      fmt::print("\nreceiver \"{}\" ({}) took the test message: {}\n", chosen->receiver.name,
                 to_text(chosen->receiver.kind), *answered);
    }
    return ExitCode::clean;
  }

 private:
  std::string name_;
  std::string configuration_;
  bool dry_run_ = false;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_test_receiver_command() {
  return std::make_unique<TestReceiverCommand>();
}

}  // namespace auditor::cli
