#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace auditor::alerts {

/// The headers of Standard Webhooks 1.0.0, whole lines: `webhook-id`, `webhook-timestamp`, and
/// `webhook-signature` with one signature for each of `secrets` ("whsec_" and base64), if there are
/// any. Errors: `configuration`, for a secret of another form; they do not tell it.
base::Result<std::vector<std::string>> signing_headers(std::span<const std::string> secrets,
                                                       std::string_view id, base::Timestamp now,
                                                       std::string_view body);

}  // namespace auditor::alerts
