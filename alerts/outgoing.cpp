#include "alerts/outgoing.h"

#include <algorithm>

#include <fmt/format.h>

#include "alerts/receivers.h"
#include "alerts/signing.h"
#include "alerts/target.h"
#include "base/text.h"
#include "model/alert_json.h"

namespace auditor::alerts {

namespace {

using model::ReceiverKind;
using model::ReceiverSettings;

constexpr std::size_t longest_error = 300;
/// A shorter secret is none, and would be found in any text.
constexpr std::size_t least_secret = 4;

std::shared_ptr<const http::Target> access_of(const ReceiverSettings& receiver) {
  http::Limits limits;
  limits.request_timeout = receiver.timeout;
  limits.connect_timeout = std::min(limits.connect_timeout, receiver.timeout);
  http::Target target = target_of(http::origin_of(receiver.url), receiver.access, limits);
  if (receiver.kind == ReceiverKind::email) {
    target.basic_user = receiver.user;
    target.basic_password = receiver.password;
  }
  return std::make_shared<const http::Target>(std::move(target));
}

/// Whether a part of a URL's path is more than a word that texts have, too.
bool looks_secret(std::string_view part) {
  return part.size() >= 16 || std::ranges::any_of(part, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

}  // namespace

base::Result<std::vector<http::Outgoing>> outgoing_of(const model::Notification& notification,
                                                      const ReceiverSettings& receiver,
                                                      const model::AlertingSettings& settings,
                                                      base::Timestamp now) {
  const auto message = model::read_message(notification.message);
  if (!message) {
    return tl::unexpected(message.error());
  }
  Rendered rendered = render(*message, receiver, settings, now);
  const auto access = access_of(receiver);
  std::vector<http::Outgoing> all;
  all.reserve(rendered.requests.size() + 1);
  for (Request& request : rendered.requests) {
    http::Outgoing one;
    one.url = std::move(request.url);
    one.access = access;
    one.content_type = std::move(request.content_type);
    one.headers = std::move(request.headers);
    one.body = std::move(request.body);
    if (receiver.kind == ReceiverKind::webhook || !receiver.signing_secrets.empty()) {
      const std::string id =
          all.empty() ? notification.id : fmt::format("{}.{}", notification.id, all.size());
      auto signing = signing_headers(receiver.signing_secrets, id, now, one.body);
      if (!signing) {
        return tl::unexpected(signing.error());
      }
      std::ranges::move(*signing, std::back_inserter(one.headers));
    }
    all.push_back(std::move(one));
  }
  if (rendered.email) {
    http::Outgoing mail;
    mail.method = http::Outgoing::Method::mail;
    mail.url = receiver.url;
    mail.access = access;
    mail.body = std::move(rendered.email->content);
    mail.from = std::move(rendered.email->from);
    mail.to = std::move(rendered.email->to);
    all.push_back(std::move(mail));
  }
  return all;
}

std::string redacted(std::string text, const ReceiverSettings& receiver) {
  const std::string_view url = receiver.url;
  const auto scheme = url.find("://");
  const auto path = url.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3);
  std::vector<std::string_view> secrets{receiver.key, receiver.password,
                                        receiver.access.bearer_token,
                                        receiver.access.basic_password};
  if (path != std::string_view::npos) {
    secrets.push_back(url.substr(path));
    // A part alone may be the secret, and be told alone.
    std::ranges::copy_if(base::split(url.substr(path), '/'), std::back_inserter(secrets),
                         looks_secret);
  }
  for (const std::string& header : receiver.access.headers) {
    const auto colon = header.find(':');
    secrets.push_back(
        base::trim(std::string_view(header).substr(colon == std::string::npos ? 0 : colon + 1)));
  }
  secrets.insert(secrets.end(), receiver.signing_secrets.begin(), receiver.signing_secrets.end());
  std::ranges::sort(secrets, std::ranges::greater(), &std::string_view::size);
  for (const std::string_view secret : secrets) {
    if (secret.size() < least_secret) {
      break;
    }
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "…");
    }
  }
  return text;
}

std::string without_secrets(std::string text, const ReceiverSettings& receiver) {
  // Cut last: a secret that is cut is not found.
  return base::shorten(base::printable(base::trim(redacted(std::move(text), receiver))),
                       longest_error);
}

}  // namespace auditor::alerts
