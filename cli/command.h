#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"

namespace CLI {
class App;
}

namespace auditor::cli {

/// One command of `audit-now`: what it takes and what it does. `describe` is the one source of
/// --help, the manual page and the shells' completions.
class Command {
 public:
  Command() = default;
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  /// Adds the options, which write into this object.
  virtual void describe(CLI::App& app) = 0;

  /// After the command line was parsed.
  virtual ExitCode run() = 0;
};

/// A row of the list of commands.
struct CommandInfo {
  std::string_view name;       ///< the word after `audit-now`; empty: the audit itself
  std::string_view arguments;  ///< as the list in --help shows them: "URL FILE.json.gz"
  std::string_view purpose;    ///< in that list, a few words
  std::string_view summary;    ///< the first line of its own --help, a sentence
  std::unique_ptr<Command> (*make)();
};

/// All, the audit first, in the order of --help.
const std::vector<CommandInfo>& commands();

// One function for each row, each in the file of its command.
std::unique_ptr<Command> make_audit_command();
std::unique_ptr<Command> make_checkpoints_command();
std::unique_ptr<Command> make_checks_command();
std::unique_ptr<Command> make_diff_command();
std::unique_ptr<Command> make_explain_command();
std::unique_ptr<Command> make_fix_command();
std::unique_ptr<Command> make_gate_command();
std::unique_ptr<Command> make_record_command();
std::unique_ptr<Command> make_test_receiver_command();
std::unique_ptr<Command> make_uids_command();
std::unique_ptr<Command> make_upgrade_command();
std::unique_ptr<Command> make_what_if_command();

}  // namespace auditor::cli
