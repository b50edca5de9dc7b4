#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

/// What a program's commands take, read from the parser that makes --help, so that manual pages and
/// completions never say anything else.
namespace auditor::manual {

/// An option, or an argument without a name of its own.
struct OptionDescription {
  std::vector<std::string> names;  ///< "-q", "--quiet"; of an argument its one name
  bool is_argument = false;
  std::string value;                 ///< "FILE"; empty for a flag
  std::vector<std::string> choices;  ///< what the value may be; empty: anything
  std::string help;
  bool required = false;
  bool repeatable = false;

  /// Whether the value is the name of a file.
  [[nodiscard]] bool takes_file() const;
};

struct CommandDescription {
  std::string name;     ///< behind the program's; empty: the program by itself
  std::string summary;  ///< a sentence
  std::vector<OptionDescription> options;
  std::string notes;  ///< what --help ends with
};

struct ProgramDescription {
  std::string name;
  std::string version;
  int section = 1;                           ///< of the manual
  std::vector<CommandDescription> commands;  ///< the one without a name first
};

/// Of one parser, its options added. `notes` in place of its footer.
CommandDescription describe(const CLI::App& app, std::string name, std::string notes);

/// What --generate takes.
inline constexpr std::string_view kinds = "man, bash, zsh or fish";

/// A manual page (man(7)) or the completions of a shell; empty where `kind` is none of `kinds`.
std::string generate(std::string_view kind, const ProgramDescription& program);

std::string man_page(const ProgramDescription& program);
std::string bash_completions(const ProgramDescription& program);
std::string zsh_completions(const ProgramDescription& program);
std::string fish_completions(const ProgramDescription& program);

}  // namespace auditor::manual
