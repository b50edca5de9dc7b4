#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "cli/command.h"
#include "manual/description.h"
#include "version.h"

namespace auditor::cli {
namespace {

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

constexpr std::string_view exit_codes =
    "Exit: 0 nothing at or above --fail-on; 1 findings; 2 wrong use or configuration;\n"
    "      3 could not assess; 4 internal error";

/// Below the options of the audit itself: the other commands and the exit codes.
std::string footer() {
  std::string text = "Other commands:\n";
  for (const CommandInfo& info : commands()) {
    if (!info.name.empty()) {
      text += fmt::format("  {:<35} {}\n",
                          fmt::format("audit-now {} {}", info.name, info.arguments), info.purpose);
    }
  }
  return fmt::format("{}\n{}", text, exit_codes);
}

constexpr std::string_view generate_option = "--generate";

/// What the program by itself takes besides its first command's options.
void describe_program(CLI::App& app) {
  app.set_version_flag("--version", fmt::format("audit-now {}", version));
  app.add_option(std::string(generate_option),
                 "Print a manual page or a shell's completions, and nothing else")
      ->type_name("KIND")
      ->check(CLI::IsMember({"man", "bash", "zsh", "fish"}));
}

/// What `audit-now --generate KIND` prints.
ExitCode generate(std::string_view kind) {
  manual::ProgramDescription program{
      .name = "audit-now", .version = std::string(version), .section = 1, .commands = {}};
  for (const CommandInfo& info : commands()) {
    CLI::App app(std::string(info.summary));
    const auto command = info.make();
    if (info.name.empty()) {
      describe_program(app);
    }
    command->describe(app);
    std::string notes = info.name.empty() ? std::string(exit_codes) : app.get_footer();
    program.commands.push_back(manual::describe(app, std::string(info.name), std::move(notes)));
  }
  const std::string text = manual::generate(kind, program);
  if (text.empty()) {
    fmt::print(stderr, "audit-now: {} takes {}\n", generate_option, manual::kinds);
    return ExitCode::wrong_use;
  }
  fmt::print("{}", text);
  return ExitCode::clean;
}

ExitCode run(int argc, const char* const* argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == generate_option) {
    return generate(argc == 3 ? argv[2] : "");
  }
  auto info = std::ranges::find(commands(), word, &CommandInfo::name);
  if (info == commands().end()) {
    info = commands().begin();
  }
  const bool of_itself = info->name.empty();
  CLI::App app(std::string(info->summary),
               of_itself ? "audit-now" : fmt::format("audit-now {}", info->name));
  if (of_itself) {
    describe_program(app);
    app.footer(footer());
  }
  const auto command = info->make();
  command->describe(app);
  const int skipped = of_itself ? 0 : 1;
  if (const auto done = parse(app, argc - skipped, argv + skipped)) {
    return *done;
  }
  return command->run();
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
