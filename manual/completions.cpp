#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "manual/description.h"

namespace auditor::manual {

namespace {

/// A text in single quotes, as the shells take it.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::vector<std::string> words_of(const CommandDescription& command) {
  std::vector<std::string> words;
  for (const OptionDescription& option : command.options) {
    if (!option.is_argument) {
      words.insert(words.end(), option.names.begin(), option.names.end());
    }
  }
  return words;
}

std::vector<std::string> commands_of(const ProgramDescription& program) {
  std::vector<std::string> names;
  for (const CommandDescription& command : program.commands) {
    if (!command.name.empty()) {
      names.push_back(command.name);
    }
  }
  return names;
}

std::string function_of(const ProgramDescription& program) {
  std::string name = "_" + program.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace

std::string bash_completions(const ProgramDescription& program) {
  const std::string function = function_of(program);
  std::string out = fmt::format(
      "# Completions of {} for bash; made by {} --generate bash.\n{}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  local options= values= commands=\n  COMPREPLY=()\n",
      program.name, program.name, function);
  out += "  case ${COMP_WORDS[1]-} in\n";
  for (std::size_t i = 1; i <= program.commands.size(); ++i) {
    // The program by itself last, for any other first word.
    const CommandDescription& command = program.commands[i % program.commands.size()];
    out += fmt::format("    {})\n      options={}\n", command.name.empty() ? "*" : command.name,
                       quoted(base::join(words_of(command), " ")));
    if (command.name.empty()) {
      out += fmt::format("      ((COMP_CWORD > 1)) || commands={}\n",
                         quoted(base::join(commands_of(program), " ")));
    }
    out += "      case $previous in\n";
    for (const OptionDescription& option : command.options) {
      if (option.is_argument || option.value.empty()) {
        continue;
      }
      out += fmt::format("        {}) ", base::join(option.names, "|"));
      if (!option.choices.empty()) {
        out += fmt::format("values={} ;;\n", quoted(base::join(option.choices, " ")));
      } else if (option.takes_file()) {
        out += "COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n";
      } else {
        out += "return ;;\n";
      }
    }
    out += "      esac\n      ;;\n";
  }
  out += fmt::format(
      "  esac\n"
      "  if [[ -n $values ]]; then\n    COMPREPLY=($(compgen -W \"$values\" -- \"$current\"))\n"
      "  elif [[ $current == -* ]]; then\n    COMPREPLY=($(compgen -W \"$options\" -- "
      "\"$current\"))\n"
      "  else\n    COMPREPLY=($(compgen -W \"$commands\" -- \"$current\") $(compgen -f -- "
      "\"$current\"))\n  fi\n}}\n"
      "complete -o filenames -F {} {}\n",
      function, program.name);
  return out;
}

namespace {

/// "--format[help]:FORMAT:(text json)" of _arguments.
std::string zsh_option(const OptionDescription& option, const std::string& name) {
  std::string help = option.help;
  std::string escaped;
  for (const char c : help) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') {
      escaped += '\\';
    }
    escaped += c;
  }
  std::string spec = fmt::format("{}{}[{}]", option.repeatable ? "*" : "", name, escaped);
  if (!option.value.empty()) {
    std::string value = option.value;
    std::erase_if(value, [](char c) { return c == '[' || c == ']' || c == ':'; });
    spec += fmt::format(":{}:", value);
    if (!option.choices.empty()) {
      spec += fmt::format("({})", base::join(option.choices, " "));
    } else if (option.takes_file()) {
      spec += "_files";
    }
  }
  return quoted(spec);
}

void write_zsh_options(const CommandDescription& command, std::string& out) {
  out += "      _arguments";
  for (const OptionDescription& option : command.options) {
    if (option.is_argument) {
      continue;
    }
    for (const std::string& name : option.names) {
      out += " \\\n        " + zsh_option(option, name);
    }
  }
  out += " \\\n        '*:argument:_files'\n";
}

}  // namespace

std::string zsh_completions(const ProgramDescription& program) {
  std::string out = fmt::format(
      "#compdef {0}\n# Completions of {0} for zsh; made by {0} --generate zsh.\n"
      "local -a commands\ncommands=(\n",
      program.name);
  for (const CommandDescription& command : program.commands) {
    if (!command.name.empty()) {
      std::string summary = command.summary;
      std::ranges::replace(summary, ':', ';');
      out += fmt::format("  {}\n", quoted(fmt::format("{}:{}", command.name, summary)));
    }
  }
  out += ")\nif ((CURRENT == 2)); then\n  _describe command commands\nfi\ncase ${words[2]} in\n";
  for (std::size_t i = 1; i <= program.commands.size(); ++i) {
    const CommandDescription& command = program.commands[i % program.commands.size()];
    out += fmt::format("  {})\n", command.name.empty() ? "*" : command.name);
    if (!command.name.empty()) {
      out += "      shift words\n      ((CURRENT--))\n";
    }
    write_zsh_options(command, out);
    out += "      ;;\n";
  }
  return out + "esac\n";
}

std::string fish_completions(const ProgramDescription& program) {
  std::string out =
      fmt::format("# Completions of {0} for fish; made by {0} --generate fish.\n", program.name);
  const std::vector<std::string> names = commands_of(program);
  const std::string all = base::join(names, " ");
  for (const CommandDescription& command : program.commands) {
    const std::string when = command.name.empty()
                                 ? fmt::format("not __fish_seen_subcommand_from {}", all)
                                 : fmt::format("__fish_seen_subcommand_from {}", command.name);
    if (!command.name.empty()) {
      out += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n", program.name,
                         command.name, quoted(command.summary));
    }
    for (const OptionDescription& option : command.options) {
      if (option.is_argument) {
        continue;
      }
      out += fmt::format("complete -c {} -n {}", program.name,
                         quoted(names.empty() ? std::string("true") : when));
      for (const std::string& name : option.names) {
        out += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                      : fmt::format(" -s {}", name.substr(1));
      }
      if (!option.value.empty()) {
        out += option.takes_file() && option.choices.empty() ? " -r" : " -x";
      }
      if (!option.choices.empty()) {
        out += fmt::format(" -a {}", quoted(base::join(option.choices, " ")));
      }
      out += fmt::format(" -d {}\n", quoted(option.help));
    }
  }
  return out;
}

}  // namespace auditor::manual
