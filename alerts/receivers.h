#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

namespace auditor::alerts {

/// A POST. The sender adds the receiver's own access (tokens, headers, certificates) and signature.
struct Request {
  std::string url;  ///< may hold a secret
  std::string content_type;
  std::vector<std::string> headers;  ///< whole lines; may hold a secret
  std::string body;                  ///< PagerDuty's has the routing key, a secret
};

struct Email {
  std::string from;             ///< of the envelope: the bare address
  std::vector<std::string> to;  ///< bare addresses
  std::string content;          ///< MIME with its header, lines end in CR LF
};

/// What goes out for one notification, in order. Empty: this kind is not told of such a message,
/// which counts as delivered.
struct Rendered {
  std::vector<Request> requests;
  std::optional<Email> email;

  [[nodiscard]] bool empty() const { return requests.empty() && !email; }
};

/// Gives `message` the form of the receiver's kind. Texts from clusters and jobs are inert in it.
/// `now` is when it is sent: how long Alertmanager takes an alert for firing counts from it.
Rendered render(const model::Message& message, const model::ReceiverSettings& receiver,
                const model::AlertingSettings& settings, base::Timestamp now);

/// A marked message for `audit-now test-receiver`.
model::Message test_message(const std::string& receiver, base::Timestamp now);

/// Texts that a receiver's kind cuts are cut so: at most `bytes` bytes of whole UTF-8 characters,
/// with "…" at the end where something was cut.
std::string cut(std::string_view text, std::size_t bytes);

}  // namespace auditor::alerts
