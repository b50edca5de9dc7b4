#include <chrono>
#include <filesystem>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "advice/comparison.h"
#include "audit/audit.h"
#include "base/files.h"
#include "base/log.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/diff_report.h"
#include "cli/server.h"
#include "model/report_reader.h"

namespace auditor::cli {

namespace {

/// One of the two audits.
struct Side {
  model::AuditReport report;
  std::optional<model::Snapshot> snapshot;  ///< nullopt: it was a report, or history
};

/// `audit-now diff BEFORE AFTER`.
class DiffCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("BEFORE", before_,
                   "A report (--format json), a recording, or a URL; with --server "
                   "CLUSTER[@TIME], TIME as 2026-11-24T20:00:00Z")
        ->required();
    app.add_option("AFTER", after_, "Likewise")->required();
    app.add_option("--server", server_, "A flink-auditd, whose history is compared")
        ->type_name("URL");
    add_jobs(app, jobs_);
    app.add_option("--config", configuration_, "Configuration file")->type_name("FILE");
    add_text_or_json(app, format_);
    add_access(app, access_);
    add_quiet(app, quiet_);
    app.footer(
        "Exit: 0 nothing new or worse; 1 findings are new or worse; 2 wrong use; 3 could not "
        "read.");
  }

  ExitCode run() override {
    base::set_up_log(quiet_ ? base::LogLevel::quiet : base::LogLevel::normal);
    auto settings = resolve_settings(configuration_, {}, {});
    if (!settings) {
      return report_error(settings.error());
    }
    const audit::Request request{std::move(*settings), jobs_};
    const auto before = read(before_, request);
    if (!before) {
      return report_error(before.error());
    }
    const auto after = read(after_, request);
    if (!after) {
      return report_error(after.error());
    }
    const auto side = [](const Side& of) {
      return advice::ComparisonSide{&of.report, of.snapshot ? &*of.snapshot : nullptr};
    };
    const advice::Comparison comparison = advice::compare(side(*before), side(*after));
    const Diff diff{&before->report, &after->report, &comparison};
    fmt::print("{}", format_ == "json" ? diff_as_json(diff) : diff_as_text(diff));
    return comparison.any_bad() ? ExitCode::findings : ExitCode::clean;
  }

 private:
  [[nodiscard]] base::Result<Side> read(const std::string& target,
                                        const audit::Request& request) const {
    if (!server_.empty()) {
      return read_history(target);
    }
    std::error_code ignored;
    if (!looks_like_url(target) && std::filesystem::is_regular_file(target, ignored) &&
        !target.ends_with(".gz")) {
      const auto content = base::read_file(target, base::mebibytes(256));
      if (!content) {
        return tl::unexpected(content.error());
      }
      if (auto report = model::report_from_json(*content)) {
        return Side{std::move(*report), std::nullopt};
      }
    }
    auto watched = watch(target, access_, request, quiet_);
    if (!watched) {
      return tl::unexpected(watched.error());
    }
    auto report = audit::judge(watched->latest, request.settings, watched->history).report;
    return Side{std::move(report), std::move(watched->latest)};
  }

  [[nodiscard]] base::Result<Side> read_history(const std::string& target) const {
    const std::size_t at = target.rfind('@');
    if (at == std::string::npos) {
      auto latest = read_from_server(server_, target, access_);
      if (!latest) {
        return tl::unexpected(latest.error());
      }
      return Side{std::move(*latest), std::nullopt};
    }
    const auto time = base::parse_rfc3339(target.substr(at + 1));
    if (!time) {
      return base::fail(base::ErrorKind::usage,
                        fmt::format("\"{}\": what stands behind the @ must be a time such as "
                                    "2026-11-24T20:00:00Z",
                                    target));
    }
    auto past = read_past_from_server(server_, target.substr(0, at), *time, access_);
    if (!past) {
      return tl::unexpected(past.error());
    }
    return Side{std::move(*past), std::nullopt};
  }

  std::string before_;
  std::string after_;
  std::string server_;
  std::vector<std::string> jobs_;
  std::string configuration_;
  std::string format_ = "text";
  AccessOptions access_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_diff_command() {
  return std::make_unique<DiffCommand>();
}

}  // namespace auditor::cli
