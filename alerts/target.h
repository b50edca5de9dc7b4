#pragma once

#include <string>

#include "http/client.h"
#include "model/access_settings.h"

namespace auditor::alerts {

/// Where requests to a cluster, a service or a receiver go, and with what.
http::Target target_of(const std::string& url, const model::AccessSettings& access,
                       const http::Limits& limits);

}  // namespace auditor::alerts
