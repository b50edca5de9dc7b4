#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace auditor::alerts {

/// Base64 in lines of 76, each with CR LF at its end.
std::string base64_lines(std::string_view bytes);

/// A header's text: as it is where it is short ASCII, else in encoded words (RFC 2047), folded.
std::string header_text(std::string_view text);

/// "Fri, 27 Nov 2026 01:02:03 +0000".
std::string mail_date(base::Timestamp time);

/// The address within "Name <address>", or the whole.
std::string_view bare_address(std::string_view address);

}  // namespace auditor::alerts
