#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "auditor_assets.h"
#include "base/text.h"
#include "checks/engine.h"
#include "cli/commands.h"

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

}  // namespace

ExitCode run_checks(Format format) {
  switch (format) {
    case Format::json:
      fmt::print("{}", as_json());
      break;
    case Format::markdown:
      fmt::print("{}", as_markdown());
      break;
    case Format::html:  // not offered
    case Format::text:
      fmt::print("{}", as_text());
      break;
  }
  return ExitCode::clean;
}

ExitCode run_explain(const std::string& check) {
  const auto files = assets::files();
  const auto page = std::ranges::find_if(
      files, [&check](const base::EmbeddedFile& file) { return file.name == check + ".md"; });
  if (page != files.end()) {
    fmt::print("{}", page->content);
    return ExitCode::clean;
  }
  std::vector<std::string_view> ids;
  for (const checks::Check* known : checks::catalogue()) {
    ids.push_back(known->info.id);
  }
  const std::string_view near = base::nearest(check, ids);
  return report_error({base::ErrorKind::usage,
                       fmt::format("there is no check \"{}\"{}", check,
                                   near.empty() ? "; `audit-now checks` lists them"
                                                : fmt::format("; did you mean \"{}\"?", near))});
}

}  // namespace auditor::cli
