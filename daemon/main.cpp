#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "checks/engine.h"
#include "config/documents.h"
#include "daemon/application.h"
#include "daemon/descriptors.h"
#include "daemon/service.h"
#include "manual/description.h"
#include "storage/store.h"
#include "version.h"

namespace auditor::daemon {
namespace {

constexpr int clean = 0;
constexpr int failed = 1;
constexpr int wrong_use = 2;
constexpr int internal_error = 4;

int report_error(const base::Error& error) {
  fmt::print(stderr, "flink-auditd: {}\n", base::printable(error.message));
  switch (error.kind) {
    case base::ErrorKind::usage:
    case base::ErrorKind::configuration:
    case base::ErrorKind::file:
      return wrong_use;
    case base::ErrorKind::internal:
      return internal_error;
    default:
      return failed;
  }
}

/// Blocks the signals that the main thread waits for, in it and in all threads that it starts.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A client that closes its connection early must not end the daemon, nor must a limit on the
  // size of files: the write fails then, as on a full disk.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return signals;
}

/// The next signal within a second; 0 where none came.
int wait_for_signal(const sigset_t& signals) {
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  const int number = sigtimedwait(&signals, nullptr, &second);
  return number < 0 ? 0 : number;
}

int run(const Options& options) {
  const sigset_t signals = block_signals();
  raise_descriptor_limit();
  auto settings = read_settings(options);
  if (!settings) {
    return report_error(settings.error());
  }
  base::set_up_daemon_log(settings->log.format, settings->log.level);
  for (const std::string& warning : settings->warnings) {
    base::log(base::LogSeverity::warning, warning);
  }
  // A benchmark's database is of no use afterwards, unless its configuration names one.
  std::filesystem::path scratch;
  if (options.cycles > 0 && options.configuration.empty()) {
    scratch = std::filesystem::temp_directory_path() /
              fmt::format("flink-auditd-{}", static_cast<long>(::getpid()));
    std::filesystem::create_directories(scratch);
    settings->storage.path = (scratch / "history.db").string();
  }
  const std::size_t clusters = settings->clusters.size();
  auto application = Application::start(options, std::move(*settings));
  if (!application) {
    return report_error(application.error());
  }
  base::log(
      base::LogSeverity::info, "started",
      {{"version", std::string(version)}, {"url", (*application)->url()}, {"clusters", clusters}});
  notify_service_manager("READY=1");
  const auto watchdog = watchdog_interval();
  constexpr std::chrono::milliseconds stuck{20'000};
  while (true) {
    const int signal = wait_for_signal(signals);
    if (signal == SIGHUP) {
      notify_service_manager("RELOADING=1");
      static_cast<void>((*application)->reload());  // it logs why not
      notify_service_manager("READY=1");
    } else if (signal != 0 || (*application)->finished()) {
      break;
    }
    if (watchdog && (*application)->alive(stuck)) {
      notify_service_manager("WATCHDOG=1");
    }
  }
  notify_service_manager("STOPPING=1");
  base::log(base::LogSeverity::info, "stopping");
  const auto stopped = (*application)->stop();
  application->reset();
  if (!scratch.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(scratch, ignored);
  }
  if (!stopped) {
    base::log(base::LogSeverity::error, "stopped, but not all is written",
              {{"error", stopped.error().message}});
    return failed;
  }
  base::log(base::LogSeverity::info, "stopped");
  return clean;
}

base::Result<std::vector<std::string>> read_targets(const std::string& file) {
  const auto text = base::read_file(file, base::mebibytes(16));
  if (!text) {
    return tl::unexpected(text.error());
  }
  std::vector<std::string> urls;
  for (const std::string_view line : base::split(*text, '\n')) {
    const std::string_view url = base::trim(line);
    if (!url.empty() && !url.starts_with('#')) {
      urls.emplace_back(url);
    }
  }
  return urls;
}

/// What `flink-auditd backup` was told.
struct BackupArguments {
  std::string to;
  std::string configuration;
  std::string database;
};

constexpr const char* backup_summary =
    "Copies the daemon's database while it runs, and checks the copy.";

void describe(CLI::App& app, BackupArguments& arguments) {
  app.add_option("FILE", arguments.to, "The copy; it must not exist")->required();
  app.add_option("--config", arguments.configuration, "Configuration file that names the database")
      ->type_name("FILE");
  app.add_option("--database", arguments.database, "The database itself")->type_name("FILE");
}

int back_up_main(int argc, const char* const* argv) {
  CLI::App app(backup_summary, "flink-auditd backup");
  BackupArguments arguments;
  describe(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return clean;
  } catch (const CLI::ParseError& error) {
    return report_error({base::ErrorKind::usage, error.what(), 0});
  }
  std::string& database = arguments.database;
  if (database.empty()) {
    Options options;
    options.configuration = arguments.configuration;
    const auto settings = read_settings(options);
    if (!settings) {
      return report_error(settings.error());
    }
    database = settings->storage.path;
  }
  const auto copied = storage::back_up(database, arguments.to);
  if (!copied) {
    return report_error(copied.error());
  }
  fmt::print("{}: copied and checked\n", arguments.to);
  return clean;
}

/// What `flink-auditd` was told.
struct Arguments {
  Options options;
  bool check = false;
  bool schema = false;
  std::string targets;
  std::string generated;
};

constexpr const char* summary = "Watches a fleet of Flink clusters and judges every running job.";
constexpr std::string_view notes =
    "SIGHUP reads the configuration again, SIGTERM stops.\n"
    "Exit: 0 stopped; 1 not all could be written; 2 wrong use or configuration;\n"
    "      4 internal error";

void describe(CLI::App& app, Arguments& arguments) {
  app.footer(
      fmt::format("Other commands:\n"
                  "  flink-auditd backup FILE   copies the database while the daemon runs\n\n"
                  "{}",
                  notes));
  app.set_version_flag("--version", fmt::format("flink-auditd {}", version));
  app.add_option("--generate", arguments.generated,
                 "Print a manual page or a shell's completions, and nothing else")
      ->type_name("KIND")
      ->check(CLI::IsMember({"man", "bash", "zsh", "fish"}));
  app.add_option("--config", arguments.options.configuration, "Configuration file")
      ->type_name("FILE");
  app.add_flag("--check-config", arguments.check, "Only check the configuration file");
  app.add_flag("--print-schema", arguments.schema, "Print the configuration's JSON Schema");
  app.add_option("--targets", arguments.targets, "Clusters: a file with one base URL a line")
      ->type_name("FILE");
  app.add_option("--cycles", arguments.options.cycles,
                 "Look at each cluster so often, as fast as the limits allow, then exit; the "
                 "database is a scratch one unless --config names it")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
}

/// What --generate prints.
std::string generate(const std::string& kind) {
  CLI::App app(summary);
  Arguments arguments;
  describe(app, arguments);
  CLI::App backup(backup_summary);
  BackupArguments backup_arguments;
  describe(backup, backup_arguments);
  return manual::generate(kind, {.name = "flink-auditd",
                                 .version = std::string(version),
                                 .section = 8,
                                 .commands = {manual::describe(app, "", std::string(notes)),
                                              manual::describe(backup, "backup", "")}});
}

int daemon_main(int argc, const char* const* argv) {
  CLI::App app(summary, "flink-auditd");
  Arguments arguments;
  describe(app, arguments);
  Options& options = arguments.options;
  const std::string& targets = arguments.targets;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return clean;
  } catch (const CLI::CallForVersion& text) {
    fmt::print("{}\n", text.what());
    return clean;
  } catch (const CLI::ParseError& error) {
    return report_error(
        {base::ErrorKind::usage, fmt::format("{}; see flink-auditd --help", error.what()), 0});
  }
  if (!arguments.generated.empty()) {
    fmt::print("{}", generate(arguments.generated));
    return clean;
  }
  if (arguments.schema) {
    fmt::print("{}", config::json_schema(checks::descriptions()));
    return clean;
  }
  if (!targets.empty()) {
    auto urls = read_targets(targets);
    if (!urls) {
      return report_error(urls.error());
    }
    if (urls->empty()) {
      return report_error(
          {base::ErrorKind::usage, fmt::format("{} has no URL: one on each line", targets), 0});
    }
    options.urls = std::move(*urls);
  }
  if (arguments.check && options.configuration.empty()) {
    return report_error(
        {base::ErrorKind::usage, "--check-config needs --config FILE, the file to check", 0});
  }
  if (arguments.check) {
    const auto settings = read_settings(options);
    if (!settings) {
      return report_error(settings.error());
    }
    for (const std::string& warning : settings->warnings) {
      fmt::print(stderr, "flink-auditd: {}\n", base::printable(warning));
    }
    fmt::print("{}: valid\n", options.configuration);
    return clean;
  }
  if (options.configuration.empty() && targets.empty()) {
    return report_error({base::ErrorKind::usage,
                         "nothing to watch: give --config FILE or --targets FILE; see "
                         "flink-auditd --help",
                         0});
  }
  return run(options);
}

}  // namespace
}  // namespace auditor::daemon

// What jemalloc asks for at its start. Two threads do nearly all the work, and share what they
// make: an arena for each, not four for each CPU of the host, whose holes add up. Requests end and
// start many at a time: of their buffers a thread keeps more than 20, and gives back what it does
// not use after each 4 MiB, not 64 KiB, which is a few requests.
extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:2,tcache_nslots_small_min:64,tcache_gc_incr_bytes:4194304";

int main(int argc, char** argv) {
  try {
    if (argc > 1 && std::string_view(argv[1]) == "backup") {
      return auditor::daemon::back_up_main(argc - 1, argv + 1);
    }
    return auditor::daemon::daemon_main(argc, argv);
  } catch (const std::exception& e) {  // a library's, that none of our rooms expected
    fmt::print(stderr, "flink-auditd: internal error: {}\n", e.what());
    return auditor::daemon::internal_error;
  }
}
