#include "manual/description.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace auditor::manual {

namespace {

/// "FORMAT:{text,json}" is the value and its choices.
void read_type(const std::string& type, OptionDescription& option) {
  const std::size_t colon = type.find(':');
  option.value = type.substr(0, colon);
  const std::size_t open = type.find(":{");
  const std::size_t close = type.find('}');
  if (open != std::string::npos && close != std::string::npos && close > open) {
    for (const std::string_view choice :
         base::split(std::string_view(type).substr(open + 2, close - open - 2), ',')) {
      option.choices.emplace_back(choice);
    }
  }
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription described;
  for (const std::string& name : option.get_snames()) {
    described.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    described.names.push_back("--" + name);
  }
  described.is_argument = described.names.empty();
  if (described.is_argument) {
    described.names.push_back(option.get_name(true));
    described.value = described.names.front();
  } else if (option.get_type_size_max() > 0) {
    read_type(option.get_type_name(), described);
  }
  described.help = option.get_description();
  described.required = option.get_required();
  described.repeatable = option.get_expected_max() > 1;
  return described;
}

}  // namespace

bool OptionDescription::takes_file() const {
  return value.find("FILE") != std::string::npos || value == "TARGET" || value == "BEFORE" ||
         value == "AFTER" || value == "CANDIDATE";
}

CommandDescription describe(const CLI::App& app, std::string name, std::string notes) {
  CommandDescription described;
  described.name = std::move(name);
  described.summary = app.get_description();
  described.notes = std::move(notes);
  for (const CLI::Option* option : app.get_options()) {
    described.options.push_back(describe(*option));
  }
  // Arguments first, as in the synopsis.
  std::ranges::stable_partition(described.options, &OptionDescription::is_argument);
  return described;
}

std::string generate(std::string_view kind, const ProgramDescription& program) {
  if (kind == "man") {
    return man_page(program);
  }
  if (kind == "bash") {
    return bash_completions(program);
  }
  if (kind == "zsh") {
    return zsh_completions(program);
  }
  return kind == "fish" ? fish_completions(program) : std::string();
}

}  // namespace auditor::manual
