#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/sender.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

/// From a notification to what goes over the wire, and what may be shown of it.
namespace auditor::alerts {

/// The URL, access and body of each request or mail for one notification, as it goes out at `now`.
/// Signed where the receiver has secrets; of several requests each but the first has a number after
/// the `webhook-id`. Errors: `malformed`, a message that does not decode; `configuration`.
base::Result<std::vector<http::Outgoing>> outgoing_of(const model::Notification& notification,
                                                      const model::ReceiverSettings& receiver,
                                                      const model::AlertingSettings& settings,
                                                      base::Timestamp now);

/// `text` with "…" for each of the receiver's secrets: its keys and tokens, and what of its URL's
/// path is more than a word.
std::string redacted(std::string text, const model::ReceiverSettings& receiver);

/// The same in one line, cut: what may be stored and shown of an answer or an error.
std::string without_secrets(std::string text, const model::ReceiverSettings& receiver);

}  // namespace auditor::alerts
