#include "alerts/signing.h"

#include <chrono>

#include <fmt/format.h>

#include "base/hmac.h"

namespace auditor::alerts {

base::Result<std::vector<std::string>> signing_headers(std::span<const std::string> secrets,
                                                       std::string_view id, base::Timestamp now,
                                                       std::string_view body) {
  constexpr std::string_view prefix = "whsec_";
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::vector<std::string> headers{fmt::format("webhook-id: {}", id),
                                   fmt::format("webhook-timestamp: {}", seconds)};
  if (secrets.empty()) {
    return headers;
  }
  const std::string text = fmt::format("{}.{}.{}", id, seconds, body);
  std::string signatures;
  for (const std::string& secret : secrets) {
    std::string_view encoded = secret;
    encoded.remove_prefix(encoded.starts_with(prefix) ? prefix.size() : 0);
    const auto key = base::from_base64(encoded);
    if (!key || key->empty()) {
      return base::fail(base::ErrorKind::configuration,
                        "a signing secret is not whsec_ and base64; make one: echo whsec_$(openssl "
                        "rand -base64 32)");
    }
    const auto signature = base::hmac_sha256(*key, text);
    if (!signature) {
      return base::fail(base::ErrorKind::internal, "OpenSSL does not sign");
    }
    fmt::format_to(std::back_inserter(signatures), "{}v1,{}", signatures.empty() ? "" : " ",
                   base::to_base64(*signature));
  }
  headers.push_back(fmt::format("webhook-signature: {}", signatures));
  return headers;
}

}  // namespace auditor::alerts
