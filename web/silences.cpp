#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/matchers.h"
#include "base/text.h"
#include "model/matcher.h"
#include "web/alerting.h"
#include "web/body.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

namespace auditor::web {

namespace {

using model::Matcher;
using std::chrono::milliseconds;

constexpr std::size_t most_matchers = 20;
constexpr milliseconds longest = std::chrono::hours(30 * 24);
constexpr milliseconds farthest = std::chrono::hours(365 * 24);

Json silence_json(const model::Silence& silence, const std::vector<AlertStatus>& alerts,
                  base::Timestamp now) {
  Json matchers = Json::array();
  for (const Matcher& matcher : silence.matchers) {
    matchers.push_back(to_text(matcher));
  }
  return {{"id", silence.id},
          {"matchers", std::move(matchers)},
          {"author", silence.author},
          {"reason", silence.reason},
          {"starts_at", time_json(silence.starts_at)},
          {"ends_at", time_json(silence.ends_at)},
          {"created_at", time_json(silence.created_at)},
          {"state", state_of(silence, now)},
          {"matches", matches_of(silence, alerts)}};
}

Matcher::Kind kind_of(bool equal, bool regex) {
  if (regex) {
    return equal ? Matcher::Kind::matches : Matcher::Kind::not_matches;
  }
  return equal ? Matcher::Kind::equal : Matcher::Kind::not_equal;
}

tl::expected<bool, Problem> flag_member(const nlohmann::json& object, const char* name,
                                        bool otherwise) {
  const auto flag = object.find(name);
  if (flag == object.end()) {
    return otherwise;
  }
  if (!flag->is_boolean()) {
    return refuse(400, fmt::format("\"{}\" of a matcher must be true or false", name));
  }
  return flag->get<bool>();
}

/// Alertmanager's object: {"name", "value", "isRegex", "isEqual"}, the last two false and true
/// unless given.
tl::expected<Matcher, Problem> matcher_of_object(const nlohmann::json& object) {
  const auto name = object.find("name");
  const auto value = object.find("value");
  if (name == object.end() || !name->is_string() || value == object.end() || !value->is_string()) {
    return refuse(400,
                  R"(each of "matchers" must be a text, such as "cluster=\"prod\"", or an object )"
                  R"(with the texts "name" and "value")");
  }
  if (auto problem = unknown_member(object, {"name", "value", "isRegex", "isEqual"})) {
    return tl::unexpected(*std::move(problem));
  }
  const auto regex = flag_member(object, "isRegex", false);
  const auto equal = flag_member(object, "isEqual", true);
  if (!regex || !equal) {
    return tl::unexpected(!regex ? regex.error() : equal.error());
  }
  const Matcher matcher{.label = name->get<std::string>(),
                        .kind = kind_of(*equal, *regex),
                        .value = value->get<std::string>()};
  // Reading it back refuses names that are no label's.
  auto read = model::parse_matcher(to_text(matcher));
  if (!read) {
    return refuse(400, read.error().message);
  }
  return *std::move(read);
}

tl::expected<Matcher, Problem> matcher_of(const nlohmann::json& element) {
  if (!element.is_string()) {
    return matcher_of_object(element);
  }
  auto matcher = model::parse_matcher(element.get_ref<const std::string&>());
  if (!matcher) {
    return refuse(400, matcher.error().message);
  }
  return *std::move(matcher);
}

std::optional<Problem> read_matchers(const nlohmann::json& body, model::Silence& silence) {
  const auto list = body.find("matchers");
  if (list == body.end() || !list->is_array() || list->empty() || list->size() > most_matchers) {
    return Problem{400,
                   fmt::format(R"("matchers" must be a list of 1 to {} matchers, such as )"
                               R"(["cluster=\"prod\"", "check=~\"job-.*\""])",
                               most_matchers),
                   {}};
  }
  silence.matchers.reserve(list->size());
  for (const auto& element : *list) {
    auto matcher = matcher_of(element);
    if (!matcher) {
      return matcher.error();
    }
    silence.matchers.push_back(*std::move(matcher));
  }
  const auto compiled = alerts::Matchers::compile(silence.matchers);
  if (!compiled) {
    return Problem{400, compiled.error().message, {}};
  }
  // As Alertmanager has it: a slip must not silence everything.
  const bool bound = std::ranges::any_of(silence.matchers, [](const Matcher& matcher) {
    return !alerts::Matchers::of({&matcher, 1}).fit({});
  });
  if (!bound) {
    return Problem{400,
                   "these matchers fit alerts without any label, so nearly all: give at least one "
                   "with a value, such as cluster=\"prod\"; for all, alertname=~\".+\"",
                   {}};
  }
  return std::nullopt;
}

/// A time; nullopt where it is absent or null.
tl::expected<std::optional<base::Timestamp>, Problem> time_member(const nlohmann::json& body,
                                                                  const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) {
    return std::nullopt;
  }
  const auto time =
      found->is_string() ? base::parse_rfc3339(found->get_ref<const std::string&>()) : std::nullopt;
  if (!time) {
    return refuse(400,
                  fmt::format("\"{}\" must be a time in UTC, such as 2026-12-31T00:00:00Z", name));
  }
  return time;
}

tl::expected<std::optional<milliseconds>, Problem> duration_member(const nlohmann::json& body) {
  const auto found = body.find("duration");
  if (found == body.end() || found->is_null()) {
    return std::nullopt;
  }
  std::optional<milliseconds> duration;
  if (found->is_string()) {
    const std::string& text = found->get_ref<const std::string&>();
    // A bare number would be milliseconds, which nobody means here.
    if (std::ranges::any_of(text, [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; })) {
      duration = base::parse_duration(text);
    }
  }
  if (!duration || *duration <= milliseconds(0)) {
    return refuse(400, "\"duration\" must be a text such as \"30min\", \"2h\" or \"7d\"");
  }
  return duration;
}

std::optional<Problem> read_times(const nlohmann::json& body, base::Timestamp now,
                                  model::Silence& silence) {
  const auto starts_at = time_member(body, "starts_at");
  const auto ends_at = time_member(body, "ends_at");
  const auto duration = duration_member(body);
  if (!starts_at || !ends_at) {
    return !starts_at ? starts_at.error() : ends_at.error();
  }
  if (!duration) {
    return duration.error();
  }
  if (ends_at->has_value() == duration->has_value()) {
    return Problem{400,
                   "say when it ends: either \"ends_at\", such as 2026-12-31T00:00:00Z, or "
                   "\"duration\", such as \"2h\"",
                   {}};
  }
  silence.starts_at = std::max(starts_at->value_or(now), now);  // the past cannot be silenced
  if (silence.starts_at - now > farthest) {
    return Problem{400, "\"starts_at\" must be within a year", {}};
  }
  if (*duration && **duration > longest) {
    return Problem{400, "\"duration\" must be at most 30 days (720h): renew it then", {}};
  }
  silence.ends_at = *ends_at ? **ends_at : silence.starts_at + **duration;
  if (silence.ends_at <= now) {
    return Problem{400, "\"ends_at\" is over already", {}};
  }
  if (silence.ends_at <= silence.starts_at) {
    return Problem{400, "\"ends_at\" must be after \"starts_at\"", {}};
  }
  if (silence.ends_at - silence.starts_at > longest) {
    return Problem{400, "\"ends_at\" must be at most 30 days after the start: renew it then", {}};
  }
  return std::nullopt;
}

tl::expected<model::Silence, Problem> silence_of(const Request& request, base::Timestamp now) {
  const auto body = json_body(request);
  if (!body) {
    return tl::unexpected(body.error());
  }
  if (auto problem = unknown_member(
          *body, {"matchers", "author", "reason", "starts_at", "ends_at", "duration"})) {
    return tl::unexpected(*std::move(problem));
  }
  model::Silence silence;
  if (auto problem = read_matchers(*body, silence)) {
    return tl::unexpected(*std::move(problem));
  }
  auto author = text_member(*body, "author");
  auto reason = text_member(*body, "reason");
  if (!author || !reason) {
    return tl::unexpected(!author ? author.error() : reason.error());
  }
  silence.author = *std::move(author);
  silence.reason = *std::move(reason);
  if (auto problem = read_times(*body, now, silence)) {
    return tl::unexpected(*std::move(problem));
  }
  silence.created_at = now;
  return silence;
}

}  // namespace

Answer get_silences(const Context& context) {
  Parameters parameters(context.request);
  const auto wanted = parameters.many("state");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  for (const std::string& state : wanted) {
    if (state != "active" && state != "pending" && state != "expired") {
      return refuse(
          400,
          fmt::format("parameter \"state\": \"{}\" must be active, pending or expired", state));
    }
  }
  const auto alerting = context.board.alerting();
  Json rows = Json::array();
  for (const model::Silence& silence : shown_silences(*alerting, context.now)) {
    if (wanted.empty() ||
        std::ranges::find(wanted, state_of(silence, context.now)) != wanted.end()) {
      rows.push_back(silence_json(silence, alerting->alerts, context.now));
    }
  }
  return json_response({{"silences", std::move(rows)}});
}

Answer post_silence(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  auto silence = silence_of(context.request, context.now);
  if (!silence) {
    return tl::unexpected(silence.error());
  }
  const auto kept = context.commands.add_silence(*std::move(silence));
  if (!kept) {
    return tl::unexpected(problem_of(kept.error()));
  }
  return json_response(silence_json(*kept, context.board.alerting()->alerts, context.now), 201);
}

Answer delete_silence(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const std::string& id = context.captures.at(0);
  const auto ended = context.commands.end_silence(id);
  if (!ended) {
    return tl::unexpected(problem_of(ended.error()));
  }
  if (!*ended) {
    return refuse(404, fmt::format("no silence \"{}\" is active or to come; /api/v1/silences lists "
                                   "them",
                                   id));
  }
  return Response{.status = 204};
}

}  // namespace auditor::web
