#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "auditor_assets.h"
#include "base/text.h"
#include "checks/engine.h"
#include "cli/command.h"
#include "cli/options.h"

namespace auditor::cli {

namespace {

std::string as_json() {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const checks::Check* check : checks::catalogue()) {
    nlohmann::ordered_json options = nlohmann::ordered_json::array();
    for (const model::OptionInfo& option : check->info.options) {
      options.push_back({{"name", option.name},
                         {"default", option.otherwise},
                         {"minimum", option.minimum},
                         {"maximum", option.maximum},
                         {"help", option.help}});
    }
    rows.push_back({{"id", check->info.id},
                    {"title", check->info.title},
                    {"practice", check->info.practice},
                    {"scope", to_text(check->info.scope)},
                    {"severity", to_text(check->info.severity)},
                    {"confidence", to_text(check->info.confidence)},
                    {"options", std::move(options)}});
  }
  return rows.dump(2) + "\n";
}

std::string as_markdown() {
  std::string out =
      "| practice | check | scope | severity | finds |\n| --- | --- | --- | --- | --- |\n";
  for (const checks::Check* check : checks::catalogue()) {
    const model::CheckInfo& info = check->info;
    out += fmt::format("| {} | [`{}`](docs/checks/{}.md) | {} | {} | {} |\n", info.practice,
                       info.id, info.id, to_text(info.scope), to_text(info.severity), info.title);
  }
  return out;
}

std::string as_text() {
  std::string out;
  std::string_view practice;
  for (const checks::Check* check : checks::catalogue()) {
    const model::CheckInfo& info = check->info;
    if (info.practice != practice) {
      practice = info.practice;
      out += fmt::format("{}{}\n", out.empty() ? "" : "\n", practice);
    }
    out += fmt::format("  {:<38} {:<8} {}\n      {}\n", info.id, to_text(info.scope),
                       to_text(info.severity), info.title);
  }
  return out + "\n`audit-now explain CHECK` shows a check's page.\n";
}

/// `audit-now checks`.
class ChecksCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("--format", format_, "text, json or markdown")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json", "markdown"}));
  }

  ExitCode run() override {
    fmt::print("{}", format_ == "json"       ? as_json()
                     : format_ == "markdown" ? as_markdown()
                                             : as_text());
    return ExitCode::clean;
  }

 private:
  std::string format_ = "text";
};

/// `audit-now explain CHECK`.
class ExplainCommand final : public Command {
 public:
  void describe(CLI::App& app) override {
    app.add_option("CHECK", check_, "A check's id")->required();
  }

  ExitCode run() override {
    const auto files = assets::files();
    const auto page = std::ranges::find_if(
        files, [this](const base::EmbeddedFile& file) { return file.name == check_ + ".md"; });
    if (page != files.end()) {
      fmt::print("{}", page->content);
      return ExitCode::clean;
    }
    std::vector<std::string_view> ids;
    for (const checks::Check* known : checks::catalogue()) {
      ids.push_back(known->info.id);
    }
    const std::string_view near = base::nearest(check_, ids);
    return report_error({base::ErrorKind::usage,
                         fmt::format("there is no check \"{}\"{}", check_,
                                     near.empty() ? "; `audit-now checks` lists them"
                                                  : fmt::format("; did you mean \"{}\"?", near))});
  }

 private:
  std::string check_;
};

}  // namespace

std::unique_ptr<Command> make_checks_command() {
  return std::make_unique<ChecksCommand>();
}

std::unique_ptr<Command> make_explain_command() {
  return std::make_unique<ExplainCommand>();
}

}  // namespace auditor::cli
