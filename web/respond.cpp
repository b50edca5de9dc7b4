#include "web/respond.h"

#include <charconv>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/gzip.h"
#include "base/murmur3.h"
#include "base/text.h"

namespace auditor::web {

namespace {

constexpr std::size_t least_to_compress = 1024;
constexpr int gzip_level = 5;

/// The weight of a ";q=…"; 1 where there is none, 0 where it does not parse.
double weight_of(std::string_view parameters) {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) {
    return 1;
  }
  double weight = 0;
  std::from_chars(parameters.data() + at + 2, parameters.data() + parameters.size(), weight);
  return weight;
}

void set_security_headers(Response& response) {
  response.set("x-content-type-options", "nosniff");
  response.set("referrer-policy", "no-referrer");
  response.set("cross-origin-resource-policy", "same-origin");
  if (!response.header("content-security-policy")) {
    response.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  }
  if (!response.header("cache-control")) {
    response.set("cache-control", response.status == 200 ? "no-cache" : "no-store");
  }
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  for (const std::string_view part : base::split(accept_encoding, ',')) {
    const std::size_t end = part.find(';');
    const std::string coding = base::to_lower(base::trim(part.substr(0, end)));
    const double weight = end == std::string_view::npos ? 1 : weight_of(part.substr(end));
    if (coding == "gzip" || coding == "x-gzip") {
      return weight > 0;
    }
    any = any || (coding == "*" && weight > 0);
  }
  return any;
}

bool names_etag(std::string_view if_none_match, std::string_view etag) {
  if (base::trim(if_none_match) == "*") {
    return true;
  }
  for (std::string_view part : base::split(if_none_match, ',')) {
    part = base::trim(part);
    if (part.starts_with("W/")) {
      part.remove_prefix(2);
    }
    if (part == etag) {
      return true;
    }
  }
  return false;
}

void finish(const Request& request, Response& response) {
  set_security_headers(response);
  const bool cacheable = response.status == 200 && request.reads();
  const bool compress = response.body.size() > least_to_compress &&
                        accepts_gzip(request.header("accept-encoding").value_or(""));
  if (cacheable) {
    // Each representation has a tag of its own: a strong tag promises the same bytes.
    const std::string hash = base::to_hex(base::murmur3_x64_128(response.body));
    const std::string plain = fmt::format("\"{}\"", hash);
    const std::string packed = fmt::format("\"{}-gzip\"", hash);
    response.set("etag", compress ? packed : plain);
    response.set("vary", "Accept-Encoding");
    const auto asked = request.header("if-none-match");
    if (asked && (names_etag(*asked, plain) || names_etag(*asked, packed))) {
      response.status = 304;
      response.body.clear();
      return;
    }
  }
  if (compress) {
    if (auto packed = base::gzip(response.body, gzip_level)) {
      response.body = *std::move(packed);
      response.set("content-encoding", "gzip");
      response.set("vary", "Accept-Encoding");
    }
  }
}

}  // namespace auditor::web
