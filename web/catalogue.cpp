#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "auditor_assets.h"
#include "base/text.h"
#include "checks/engine.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

namespace auditor::web {

namespace {

std::string_view word_of(model::OptionKind kind) {
  constexpr std::array<std::string_view, 4> words{"number", "percent", "milliseconds", "bytes"};
  return words.at(static_cast<std::size_t>(kind));
}

Json check_json(const model::CheckInfo& info, const model::Settings* settings) {
  model::CheckSettings configured;
  if (settings != nullptr) {
    if (const auto found = settings->checks.find(info.id); found != settings->checks.end()) {
      configured = found->second;
    }
  }
  Json options = Json::array();
  for (const model::OptionInfo& option : info.options) {
    const auto value = configured.options.find(std::string(option.name));
    options.push_back(
        {{"name", option.name},
         {"unit", word_of(option.kind)},
         {"value", value == configured.options.end() ? option.otherwise : value->second},
         {"default", option.otherwise},
         {"minimum", option.minimum},
         {"maximum", option.maximum},
         {"help", option.help}});
  }
  return {{"id", info.id},
          {"title", info.title},
          {"practice", info.practice},
          {"scope", to_text(info.scope)},
          {"enabled", configured.enabled},
          {"severity", to_text(configured.severity.value_or(info.severity))},
          {"default_severity", to_text(info.severity)},
          {"confidence", to_text(info.confidence)},
          {"for_ms", configured.pending_for.value_or(info.pending_for).count()},
          {"keep_firing_for_ms", configured.keep_firing_for.value_or(info.keep_firing_for).count()},
          {"options", std::move(options)}};
}

}  // namespace

Answer get_checks(const Context& context) {
  Parameters parameters(context.request);
  const auto practices = parameters.many("practice");
  const auto enabled = parameters.flag("enabled");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto settings = context.board.settings();
  Json rows = Json::array();
  for (const checks::Check* check : checks::catalogue()) {
    Json row = check_json(check->info, settings.get());
    const bool wanted = (practices.empty() ||
                         std::ranges::find(practices, check->info.practice) != practices.end()) &&
                        (!enabled || row["enabled"].get<bool>() == *enabled);
    if (wanted) {
      rows.push_back(std::move(row));
    }
  }
  return json_response({{"checks", std::move(rows)}});
}

Answer get_check(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const std::string& id = context.captures.at(0);
  const checks::Check* check = checks::find_check(id);
  if (check == nullptr) {
    std::vector<std::string_view> ids;
    for (const checks::Check* known : checks::catalogue()) {
      ids.push_back(known->info.id);
    }
    const std::string_view near = base::nearest(id, ids);
    return refuse(404,
                  near.empty()
                      ? fmt::format("there is no check \"{}\"; /api/v1/checks lists them", id)
                      : fmt::format("there is no check \"{}\"; did you mean \"{}\"?", id, near));
  }
  Json document = check_json(check->info, context.board.settings().get());
  const auto files = assets::files();
  const auto page = std::ranges::find(files, fmt::format("{}.md", id), &base::EmbeddedFile::name);
  document["page"] = page == files.end() ? Json(nullptr) : Json(page->content);
  return json_response(document);
}

}  // namespace auditor::web
