#include "cli/receiver.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>

#include <fmt/format.h>

#include "alerts/outgoing.h"
#include "base/text.h"
#include "checks/engine.h"
#include "config/daemon_settings.h"
#include "model/alert_json.h"

namespace auditor::cli {

namespace {

/// Nobody else's: a receiver that has seen an id before may take the message for a repetition.
std::string new_id() {
  std::random_device random;
  std::string id = "msg_";
  for (int i = 0; i < 4; ++i) {
    id += fmt::format("{:08x}", random());
  }
  return id;
}

bool is_taken(const http::Outgoing& part, int status) {
  constexpr int smtp_taken_below = 400;
  return part.method == http::Outgoing::Method::mail ? status < smtp_taken_below
                                                     : status >= 200 && status < 300;
}

}  // namespace

base::Result<ChosenReceiver> find_receiver(const std::string& file, const std::string& name) {
  auto settings = config::load_daemon(file, checks::descriptions());
  if (!settings) {
    return tl::unexpected(settings.error());
  }
  const auto& receivers = settings->alerting.receivers;
  std::vector<std::string> names;
  names.reserve(receivers.size());
  for (const model::ReceiverSettings& receiver : receivers) {
    names.push_back(receiver.name);
  }
  const auto found = std::ranges::find(names, name);
  std::size_t index = static_cast<std::size_t>(found - names.begin());
  if (found == names.end()) {
    if (!name.empty() || names.size() != 1) {
      return base::fail(
          base::ErrorKind::usage,
          names.empty()
              ? fmt::format("{} has no alerting.receivers", file)
              : fmt::format("{}: {}; there are {}", file,
                            name.empty() ? std::string("say which receiver")
                                         : fmt::format("there is no receiver \"{}\"", name),
                            base::join(names, ", ")));
    }
    index = 0;
  }
  return ChosenReceiver{settings->alerting, receivers[index]};
}

base::Result<std::vector<http::Outgoing>> compose(const model::Message& message,
                                                  const ChosenReceiver& chosen) {
  model::Notification notification;
  notification.id = new_id();
  notification.receiver = chosen.receiver.name;
  notification.message = model::to_json(message);
  auto parts = alerts::outgoing_of(notification, chosen.receiver, chosen.alerting, message.at);
  if (parts && parts->empty()) {
    return base::fail(
        base::ErrorKind::usage,
        fmt::format("receiver \"{}\" ({}) takes alerts alone, which flink-auditd sends",
                    chosen.receiver.name, to_text(chosen.receiver.kind)));
  }
  return parts;
}

base::Result<std::string> send(std::vector<http::Outgoing> parts, const ChosenReceiver& chosen) {
  http::Sender sender;
  std::string said;
  for (http::Outgoing& part : parts) {
    std::optional<base::Result<http::Reply>> reply;
    sender.send(part, [&reply](base::Result<http::Reply> came) { reply = std::move(came); });
    while (!reply) {
      constexpr std::chrono::milliseconds tick{100};
      sender.poll(tick);
    }
    if (!*reply) {
      return tl::unexpected(base::Error{
          reply->error().kind, alerts::without_secrets(reply->error().message, chosen.receiver)});
    }
    const std::string body = alerts::without_secrets((*reply)->body, chosen.receiver);
    said = fmt::format("status {}{}{}", (*reply)->status, body.empty() ? "" : ": ", body);
    if (!is_taken(part, (*reply)->status)) {
      return base::fail(base::ErrorKind::http_status,
                        fmt::format("{} refused it: {}", http::origin_of(part.url), said));
    }
  }
  return said;
}

std::string describe(const http::Outgoing& part, const model::ReceiverSettings& receiver) {
  std::string out;
  if (part.method == http::Outgoing::Method::mail) {
    out = fmt::format("MAIL by {}\nFrom {} to {}\n", http::origin_of(part.url), part.from,
                      base::join(part.to, ", "));
  } else {
    out = fmt::format("{} {}/…\nContent-Type: {}\n",
                      part.method == http::Outgoing::Method::get ? "GET" : "POST",
                      http::origin_of(part.url), part.content_type);
    for (const std::string& header : part.headers) {
      // Headers of ours, such as the signature, are shown; a key that a kind puts there is not.
      out += alerts::redacted(header, receiver);
      out += '\n';
    }
  }
  out += '\n';
  out += alerts::redacted(part.body, receiver);
  out += '\n';
  return out;
}

}  // namespace auditor::cli
