#include <array>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "version.h"

namespace auditor::cli {
namespace {

constexpr std::array<std::string_view, 4> format_names{"text", "json", "markdown",
                                                       "html"};  // in the order of Format

std::optional<Format> parse_format(std::string_view text) {
  for (std::size_t i = 0; i < format_names.size(); ++i) {
    if (format_names.at(i) == text) {
      return static_cast<Format>(i);
    }
  }
  return std::nullopt;
}

/// Runs CLI11 on `app`; an exit code where the program is to end now.
std::optional<ExitCode> parse(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return ExitCode::clean;
  } catch (const CLI::CallForVersion& version_text) {
    fmt::print("{}\n", version_text.what());
    return ExitCode::clean;
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n')) {
      text.replace(at, 1, " ");
    }
    fmt::print(stderr, "{}: {}; see {} --help\n", app.get_name(), base::printable(text),
               app.get_name());
    return ExitCode::wrong_use;
  }
}

void add_access(CLI::App& app, AccessOptions& access) {
  app.add_option("--timeout", access.timeout, "For each request, such as 10s")
      ->type_name("DURATION");
  app.add_option("--ca-cert", access.ca_certificate,
                 "CA certificates (PEM) to trust instead of the system's")
      ->type_name("FILE");
  app.add_option("--client-cert", access.client_certificate, "Client certificate (PEM)")
      ->type_name("FILE");
  app.add_option("--client-key", access.client_key, "Its key (PEM)")
      ->type_name("FILE")
      ->needs("--client-cert");
  app.add_option("--token-file", access.token_file, "File with a bearer token")->type_name("FILE");
  app.add_option("--header", access.headers, "A further header, \"Name: value\"; repeatable")
      ->type_name("HEADER")
      ->allow_extra_args(false);
}

void add_uid_words(CLI::App& app, std::vector<std::string>& files) {
  app.add_option("--uid-words", files,
                 "UIDs that the jobs may use: lines and quoted strings of a file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

/// "[FORMAT=]FILE"; a bare FILE takes the place of stdout, with --format's format.
base::Result<Output> parse_output(const std::string& text, Format format) {
  const std::size_t equals = text.find('=');
  const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
  const auto named = parse_format(name);
  if (!name.empty() && !named &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos) {
    return base::fail(
        base::ErrorKind::usage,
        fmt::format(R"(--output "{}": no format "{}"; there are {} (a file of that name: ./{}))",
                    text, name, fmt::join(format_names, ", "), text));
  }
  Output output{named.value_or(format), named ? text.substr(equals + 1) : text};
  const std::filesystem::path folder = std::filesystem::path(output.file).parent_path();
  std::error_code ignored;
  if (output.file.empty()) {
    return base::fail(base::ErrorKind::usage, fmt::format("--output \"{}\": no file name", text));
  }
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
    // Told before the audit, not after it.
    return base::fail(base::ErrorKind::file, fmt::format("cannot write {}: there is no folder {}",
                                                         output.file, folder.string()));
  }
  return output;
}

base::Result<std::vector<Output>> parse_outputs(const std::vector<std::string>& texts,
                                                Format format) {
  std::vector<Output> outputs;
  bool on_stdout = true;
  for (const std::string& text : texts) {
    auto output = parse_output(text, format);
    if (!output) {
      return tl::unexpected(output.error());
    }
    on_stdout = on_stdout && output->file != text;
    outputs.push_back(std::move(*output));
  }
  if (on_stdout) {
    outputs.push_back({format, ""});
  }
  return outputs;
}

ExitCode audit_main(int argc, const char* const* argv) {
  CLI::App app("Judges a running Flink cluster by the practices for production.", "audit-now");
  app.footer(
      "Other commands:\n"
      "  audit-now record URL FILE.json.gz   every answer that an audit needs, in one file\n"
      "  audit-now uids TARGET               the operators of each job, and which have a UID\n"
      "  audit-now checks                    the catalogue\n"
      "  audit-now explain CHECK             a check's page\n\n"
      "Exit: 0 nothing at or above --fail-on; 1 findings; 2 wrong use or configuration;\n"
      "      3 could not assess; 4 internal error");
  app.set_version_flag("--version", fmt::format("audit-now {}", version));
  AuditOptions options;
  std::string format(format_names.front());
  std::string fail_on = "high";
  std::vector<std::string> outputs;
  bool no_color = false;
  app.add_option("TARGET", options.target, "A cluster's URL, or a recording (a file or a folder)");
  app.add_option("--format", format, "text, json, markdown or html")
      ->type_name("FORMAT")
      ->check(CLI::IsMember(std::vector<std::string>(format_names.begin(), format_names.end())));
  app.add_option("-o,--output", outputs,
                 "Write to FILE; FORMAT=FILE writes there as well as to stdout; repeatable")
      ->type_name("[FORMAT=]FILE")
      ->allow_extra_args(false);
  app.add_option("--fail-on", fail_on, "Exit 1 at this severity or above; never: do not")
      ->type_name("SEVERITY")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical", "never"}));
  app.add_option("--min-score", options.min_score, "Exit 1 where the score is below")
      ->type_name("N")
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--min-coverage", options.min_coverage_percent,
                 "Exit 3 where less than this share could be judged")
      ->type_name("PERCENT")
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--check", options.checks, "Only checks whose id matches; repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--job", options.jobs, "Only jobs whose name matches; repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  add_uid_words(app, options.uid_words);
  app.add_option("--server", options.server,
                 "Read the latest audit of a flink-auditd; TARGET is a cluster's name there")
      ->type_name("URL");
  app.add_option("--config", options.configuration, "Configuration file")->type_name("FILE");
  app.add_flag("--check-config", options.check_configuration, "Only check the configuration file");
  add_access(app, options.access);
  app.add_flag("--quick", options.quick,
               "Read what the tasks have done once, not again after 25 s");
  app.add_flag("--no-color", no_color, "No colour, also on a terminal (NO_COLOR does the same)");
  app.add_flag("-q,--quiet", options.quiet, "No progress and no warnings");
  app.add_flag("-v,--verbose", options.verbose, "Every subject of a finding with its own evidence");
  if (const auto done = parse(app, argc, argv)) {
    return *done;
  }
  if (options.check_configuration && options.configuration.empty()) {
    options.configuration = options.target;  // audit-now --check-config FILE
  }
  if (options.check_configuration && options.configuration.empty()) {
    return report_error({base::ErrorKind::usage, "--check-config needs --config FILE"});
  }
  if (options.target.empty() && options.server.empty() && !options.check_configuration) {
    return report_error({base::ErrorKind::usage,
                         "no TARGET: give a cluster's URL or a recording; see audit-now --help"});
  }
  auto parsed = parse_outputs(outputs, *parse_format(format));
  if (!parsed) {
    return report_error(parsed.error());
  }
  options.outputs = std::move(*parsed);
  options.fail_on = model::parse_severity(fail_on);
  options.color = !no_color;
  return run_audit(options);
}

ExitCode record_main(int argc, const char* const* argv) {
  CLI::App app("Records every answer that an audit needs in one file, with secrets masked.",
               "audit-now record");
  RecordOptions options;
  app.add_option("URL", options.url, "The cluster's URL")->required();
  app.add_option("FILE", options.file, "The recording to write, gzip: NAME.json.gz")->required();
  std::string every;
  std::string lasting = "5min";
  app.add_option("--every", every, "Look again and again, so far apart (10s): a timeline of frames")
      ->type_name("DURATION");
  app.add_option("--for", lasting, "How long, with --every; Ctrl-C ends it earlier")
      ->type_name("DURATION");
  add_access(app, options.access);
  app.add_flag("-q,--quiet", options.quiet, "Say nothing but errors");
  if (const auto done = parse(app, argc, argv)) {
    return *done;
  }
  if (!every.empty()) {
    options.every = base::parse_duration(every);
    const auto end = base::parse_duration(lasting);
    if (!options.every || options.every->count() < 1'000 || !end) {
      return report_error(
          {base::ErrorKind::usage,
           "--every and --for take a duration such as 10s or 5min; --every at least 1s"});
    }
    options.lasting = *end;
  }
  return run_record(options);
}

ExitCode uids_main(int argc, const char* const* argv) {
  CLI::App app("Lists the operators of each job, and which of them have a UID.", "audit-now uids");
  UidsOptions options;
  std::string format(format_names.front());
  app.add_option("TARGET", options.target, "A cluster's URL, or a recording (a file or a folder)")
      ->required();
  app.add_option("--job", options.jobs, "Only jobs whose name matches; repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  add_uid_words(app, options.uid_words);
  app.add_option("--format", format, "text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  add_access(app, options.access);
  app.add_flag("-q,--quiet", options.quiet, "No progress and no warnings");
  if (const auto done = parse(app, argc, argv)) {
    return *done;
  }
  options.format = *parse_format(format);
  return run_uids(options);
}

ExitCode checkpoints_main(int argc, const char* const* argv) {
  CLI::App app(
      "Shows what each of a job's last checkpoints waited for: vertex, subtask, phase, host.",
      "audit-now checkpoints");
  CheckpointsOptions options;
  std::string format(format_names.front());
  app.add_option("TARGET", options.target, "A cluster's URL, or a recording (a file or a folder)")
      ->required();
  app.add_option("--job", options.jobs, "Only jobs whose name matches; repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--last", options.checkpoints,
                 "How many checkpoints of each job, 2 requests each (Flink remembers 10)")
      ->type_name("NUMBER")
      ->check(CLI::Range(1, 100));
  app.add_option("--format", format, "text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  add_access(app, options.access);
  app.add_flag("-q,--quiet", options.quiet, "No progress and no warnings");
  if (const auto done = parse(app, argc, argv)) {
    return *done;
  }
  options.format = *parse_format(format);
  return run_checkpoints(options);
}

ExitCode checks_main(int argc, const char* const* argv) {
  CLI::App app("Lists every check.", "audit-now checks");
  std::string format(format_names.front());
  app.add_option("--format", format, "text, json or markdown")
      ->check(CLI::IsMember({"text", "json", "markdown"}));
  if (const auto done = parse(app, argc, argv)) {
    return *done;
  }
  return run_checks(*parse_format(format));
}

ExitCode explain_main(int argc, const char* const* argv) {
  CLI::App app("Shows a check's page.", "audit-now explain");
  std::string check;
  app.add_option("CHECK", check, "A check's id")->required();
  if (const auto done = parse(app, argc, argv)) {
    return *done;
  }
  return run_explain(check);
}

ExitCode run(int argc, const char* const* argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "record") {
    return record_main(argc - 1, argv + 1);
  }
  if (command == "uids") {
    return uids_main(argc - 1, argv + 1);
  }
  if (command == "checkpoints") {
    return checkpoints_main(argc - 1, argv + 1);
  }
  if (command == "checks") {
    return checks_main(argc - 1, argv + 1);
  }
  if (command == "explain") {
    return explain_main(argc - 1, argv + 1);
  }
  return audit_main(argc, argv);
}

}  // namespace
}  // namespace auditor::cli

int main(int argc, char** argv) {
  try {
    return static_cast<int>(auditor::cli::run(argc, argv));
  } catch (const std::exception& e) {  // a library's, that none of our rooms expected
    fmt::print(stderr, "audit-now: internal error: {}\n", e.what());
    return static_cast<int>(auditor::cli::ExitCode::internal_error);
  }
}
