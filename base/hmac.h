#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace auditor::base {

/// HMAC-SHA-256 of `text`: 32 bytes; nullopt where OpenSSL gives none.
std::optional<std::string> hmac_sha256(std::string_view key, std::string_view text);

/// Base64 (RFC 4648) in one line.
std::string to_base64(std::string_view bytes);

/// What `to_base64` gives, with or without the padding; nullopt where it is something else.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace auditor::base
