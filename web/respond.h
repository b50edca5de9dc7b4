#pragma once

#include <string_view>

#include "web/http.h"

namespace auditor::web {

/// Makes a handler's response fit to send: ETag and 304, gzip where the client takes it and it
/// pays, and the headers that keep browsers from guessing, framing and storing.
void finish(const Request& request, Response& response);

/// Whether an Accept-Encoding value lets gzip through.
bool accepts_gzip(std::string_view accept_encoding);

/// Whether an If-None-Match value names `etag` (with its quotes), by weak comparison.
bool names_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace auditor::web
