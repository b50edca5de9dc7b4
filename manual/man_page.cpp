#include <fmt/format.h>

#include "base/text.h"
#include "manual/description.h"

namespace auditor::manual {

namespace {

/// Text as troff takes it for what it is.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  // A line that begins with these is a request.
  if (out.starts_with('.') || out.starts_with('\'')) {
    return fmt::format("\\&{}", out);
  }
  return out;
}

std::string heading_of(const OptionDescription& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += fmt::format("{}\\fB{}\\fR", text.empty() ? "" : ", ", escaped(name));
  }
  if (!option.is_argument && !option.value.empty()) {
    text += fmt::format(" \\fI{}\\fR", escaped(option.value));
  }
  return text;
}

void write_options(const CommandDescription& command, std::string& out) {
  for (const OptionDescription& option : command.options) {
    out += fmt::format(".TP\n{}\n{}", heading_of(option), escaped(option.help));
    if (!option.choices.empty()) {
      out += fmt::format("{}one of {}", option.help.empty() ? "" : "; ",
                         escaped(base::join(option.choices, ", ")));
    }
    out += '\n';
  }
}

void write_synopsis(const std::string& program, const CommandDescription& command,
                    std::string& out) {
  out += fmt::format("\\fB{}\\fR", escaped(program));
  if (!command.name.empty()) {
    out += fmt::format(" \\fB{}\\fR", escaped(command.name));
  }
  for (const OptionDescription& option : command.options) {
    if (option.is_argument) {
      const std::string name = fmt::format("\\fI{}\\fR", escaped(option.names.front()));
      out += option.required ? fmt::format(" {}", name) : fmt::format(" [{}]", name);
    }
  }
  out += " [\\fIOPTIONS\\fR]\n";
}

void write_notes(const CommandDescription& command, std::string& out) {
  if (command.notes.empty()) {
    return;
  }
  out += ".PP\n.nf\n";
  for (const std::string_view line : base::split(command.notes, '\n')) {
    out += escaped(line);
    out += '\n';
  }
  out += ".fi\n";
}

}  // namespace

std::string man_page(const ProgramDescription& program) {
  const CommandDescription& main = program.commands.front();
  std::string upper = program.name;
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  std::string out = fmt::format(".TH {} {} \"\" \"Flink Auditor {}\" \"{}\"\n", escaped(upper),
                                program.section, escaped(program.version),
                                program.section == 1 ? "User Commands" : "System Administration");
  std::string summary = main.summary;
  if (summary.ends_with('.')) {
    summary.pop_back();
  }
  out += fmt::format(".SH NAME\n{} \\- {}\n.SH SYNOPSIS\n", escaped(program.name),
                     escaped(base::to_lower(summary.substr(0, 1)) + summary.substr(1)));
  bool first = true;
  for (const CommandDescription& command : program.commands) {
    out += first ? "" : ".br\n";
    first = false;
    write_synopsis(program.name, command, out);
  }
  out += fmt::format(".SH DESCRIPTION\n{}\n.SH OPTIONS\n", escaped(main.summary));
  write_options(main, out);
  write_notes(main, out);
  if (program.commands.size() > 1) {
    out += ".SH COMMANDS\n";
  }
  for (std::size_t i = 1; i < program.commands.size(); ++i) {
    const CommandDescription& command = program.commands[i];
    out += fmt::format(".SS {} {}\n{}\n", escaped(program.name), escaped(command.name),
                       escaped(command.summary));
    write_options(command, out);
    write_notes(command, out);
  }
  return out;
}

}  // namespace auditor::manual
