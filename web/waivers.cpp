#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "checks/engine.h"
#include "web/body.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

namespace auditor::web {

namespace {

std::optional<Problem> read_texts(const nlohmann::json& body, model::Waiver& waiver) {
  struct Member {
    const char* name;
    std::string model::Waiver::* text;
    std::string_view otherwise;
  };
  constexpr std::array<Member, 5> members{{{"check", &model::Waiver::check, ""},
                                           {"cluster", &model::Waiver::cluster, "*"},
                                           {"job", &model::Waiver::job, "*"},
                                           {"reason", &model::Waiver::reason, ""},
                                           {"owner", &model::Waiver::owner, ""}}};
  for (const Member& member : members) {
    auto text = text_member(body, member.name, member.otherwise);
    if (!text) {
      return text.error();
    }
    waiver.*member.text = *std::move(text);
  }
  return unknown_member(body, {"check", "cluster", "job", "reason", "owner", "until"});
}

std::optional<Problem> read_until(const nlohmann::json& body, base::Timestamp now,
                                  model::Waiver& waiver) {
  const auto until = body.find("until");
  if (until == body.end() || until->is_null()) {
    return std::nullopt;
  }
  if (until->is_string()) {
    waiver.until = base::parse_rfc3339(until->get_ref<const std::string&>());
  }
  if (!waiver.until) {
    return Problem{
        400, "\"until\" must be a time in UTC, such as 2026-12-31T00:00:00Z, or null", {}};
  }
  return waiver.expired(now) ? std::optional(Problem{400, "\"until\" is over already", {}})
                             : std::nullopt;
}

tl::expected<model::Waiver, Problem> waiver_of(const Request& request, base::Timestamp now) {
  const auto body = json_body(request);
  if (!body) {
    return tl::unexpected(body.error());
  }
  model::Waiver waiver;
  if (auto problem = read_texts(*body, waiver)) {
    return tl::unexpected(*std::move(problem));
  }
  if (auto problem = read_until(*body, now, waiver)) {
    return tl::unexpected(*std::move(problem));
  }
  const bool fits = std::ranges::any_of(checks::catalogue(), [&waiver](const checks::Check* check) {
    return base::glob_match(waiver.check, check->info.id);
  });
  if (!fits) {
    return refuse(400, fmt::format("\"check\": no check is named \"{}\"; /api/v1/checks lists them",
                                   waiver.check));
  }
  waiver.source = model::Waiver::Source::api;
  waiver.created_at = now;
  return waiver;
}

}  // namespace

Answer get_waivers(const Context& context) {
  Parameters parameters(context.request);
  const auto wanted = parameters.many("status");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  for (const std::string& status : wanted) {
    if (status != "active" && status != "expired" && status != "unused") {
      return refuse(
          400,
          fmt::format("parameter \"status\": \"{}\" must be active, expired or unused", status));
    }
  }
  Json rows = Json::array();
  for (const WaiverStatus& waiver : context.board.waivers()) {
    Json row = waiver_json(waiver);
    if (wanted.empty() ||
        std::ranges::find(wanted, row["status"].get<std::string>()) != wanted.end()) {
      rows.push_back(std::move(row));
    }
  }
  return json_response({{"waivers", std::move(rows)}});
}

Answer post_waiver(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  auto waiver = waiver_of(context.request, context.now);
  if (!waiver) {
    return tl::unexpected(waiver.error());
  }
  const auto kept = context.commands.add_waiver(*std::move(waiver));
  if (!kept) {
    return tl::unexpected(problem_of(kept.error()));
  }
  Json document = waiver_json({.waiver = *kept});
  document.erase("status");  // known once the next look was judged
  document.erase("matches");
  return json_response(document, 201);
}

Answer delete_waiver(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const std::string& id = context.captures.at(0);
  const auto all = context.board.waivers();
  const auto known = std::ranges::find_if(
      all, [&id](const WaiverStatus& status) { return status.waiver.id == id; });
  if (known != all.end() && known->waiver.source == model::Waiver::Source::configuration) {
    return refuse(409, "this waiver is the configuration's: remove it there");
  }
  const auto removed = context.commands.remove_waiver(id);
  if (!removed) {
    return tl::unexpected(problem_of(removed.error()));
  }
  if (!*removed) {
    return refuse(404, fmt::format("there is no waiver \"{}\"; /api/v1/waivers lists them", id));
  }
  return Response{.status = 204};
}

}  // namespace auditor::web
