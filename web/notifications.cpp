#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/wording.h"
#include "model/alert_json.h"
#include "web/handlers.h"
#include "web/json.h"
#include "web/parameters.h"

/// What was told, is on its way, or could not be told.
namespace auditor::web {

namespace {

using model::NotificationState;

std::string_view kind_of(model::Message::Kind kind) {
  switch (kind) {
    case model::Message::Kind::alerts:
      return "alerts";
    case model::Message::Kind::digest:
      return "digest";
    case model::Message::Kind::deployment:
      return "deployment";
    case model::Message::Kind::test:
      return "test";
  }
  return "alerts";
}

/// With what its message says in one line.
Json notification_json(const model::Notification& notification) {
  const auto message = model::read_message(notification.message);
  Json firing(nullptr);
  Json over(nullptr);
  if (message && message->kind == model::Message::Kind::alerts) {
    const auto count = std::ranges::count_if(message->alerts, &model::Alert::firing);
    firing = count;
    over = static_cast<std::ptrdiff_t>(message->alerts.size()) - count;
  }
  const bool waiting = notification.state == NotificationState::waiting;
  return {{"id", notification.id},
          {"receiver", notification.receiver},
          {"group", text_or_null(notification.group)},
          {"kind", message ? Json(kind_of(message->kind)) : Json(nullptr)},
          {"title", message ? Json(alerts::title_of(*message)) : Json(nullptr)},
          {"firing", std::move(firing)},
          {"resolved", std::move(over)},
          {"created_at", time_json(notification.created_at)},
          {"state", to_text(notification.state)},
          {"attempts", notification.attempts},
          {"last_attempt_at", time_json(notification.last_attempt_at)},
          {"next_attempt_at",
           waiting ? time_json(notification.next_attempt_at) : time_json(std::nullopt)},
          {"delivered_at", time_json(notification.delivered_at)},
          {"last_status",
           notification.last_status == 0 ? Json(nullptr) : Json(notification.last_status)},
          {"last_error", text_or_null(notification.last_error)}};
}

/// A page of the list, each with its message: they are few, and their titles are made of them.
base::Result<storage::Page<model::Notification>> read_page(
    storage::Reader& reader, const storage::NotificationFilter& filter) {
  auto page = reader.notifications(filter);
  if (!page) {
    return page;
  }
  for (model::Notification& notification : page->items) {
    auto whole = reader.notification(notification.id);
    if (!whole) {
      return tl::unexpected(whole.error());
    }
    if (*whole) {  // else retention was faster
      notification.message = std::move((*whole)->message);
    }
  }
  return page;
}

/// The notification that the path names.
tl::expected<model::Notification, Problem> named_notification(const Context& context) {
  const std::string& id = context.captures.at(0);
  auto found =
      context.readers.read([&id](storage::Reader& reader) { return reader.notification(id); });
  if (!found) {
    return tl::unexpected(found.error());
  }
  if (!*found) {
    return refuse(
        404, fmt::format("there is no notification \"{}\"; /api/v1/notifications lists them", id));
  }
  return *std::move(*found);
}

}  // namespace

Answer get_notifications(const Context& context) {
  Parameters parameters(context.request);
  storage::NotificationFilter filter;
  filter.states =
      parameters.many_of("state", &model::parse_notification_state, "waiting, delivered or dead");
  filter.receivers = parameters.many("receiver");
  filter.since = parameters.time("since");
  filter.until = parameters.time("until");
  filter.limit = parameters.number("limit", 50, 200);
  filter.cursor = parameters.one("cursor");
  if (auto problem = parameters.finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto page = context.readers.read(
      [&filter](storage::Reader& reader) { return read_page(reader, filter); });
  if (!page) {
    return tl::unexpected(page.error());
  }
  Json rows = Json::array();
  for (const model::Notification& notification : page->items) {
    rows.push_back(notification_json(notification));
  }
  return json_page(context.request, {{"notifications", std::move(rows)}}, page->next);
}

Answer get_notification(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto notification = named_notification(context);
  if (!notification) {
    return tl::unexpected(notification.error());
  }
  Json document = notification_json(*notification);
  Json message = Json::parse(notification->message, nullptr, false);
  document["message"] = message.is_object() ? std::move(message) : Json(nullptr);
  return json_response(document);
}

Answer post_notification_retry(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto notification = named_notification(context);
  if (!notification) {
    return tl::unexpected(notification.error());
  }
  if (notification->state != NotificationState::dead) {
    return refuse(409, fmt::format("this notification is {}: only a dead one can be sent again",
                                   notification->state == NotificationState::waiting
                                       ? "still tried"
                                       : to_text(notification->state)));
  }
  const auto done = context.commands.retry_notification(notification->id);
  if (!done) {
    return tl::unexpected(problem_of(done.error()));
  }
  if (!*done) {
    return refuse(409, "this notification is not dead any more: somebody else had it sent again");
  }
  const std::string place =
      fmt::format("/api/v1/notifications/{}", encode_percent(notification->id));
  Response response = json_response({{"accepted", true}, {"notification", place}}, 202);
  response.set("location", place);
  return response;
}

Answer post_digest(const Context& context) {
  if (auto problem = Parameters(context.request).finish()) {
    return tl::unexpected(*std::move(problem));
  }
  const auto made = context.commands.send_digest();
  if (!made) {
    return tl::unexpected(problem_of(made.error()));
  }
  if (*made == 0) {
    return refuse(409,
                  "nobody is to be told: name receivers at alerting.digest.receivers of the "
                  "configuration");
  }
  return json_response({{"accepted", true}, {"notifications", *made}}, 202);
}

}  // namespace auditor::web
