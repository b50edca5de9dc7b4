#include "web/intake.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::web {

namespace {

bool is_token_character(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

/// No control characters but the tab; bytes from 0x80 are opaque (RFC 9110, 5.5).
bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

/// From `begin` on; a line feed alone ends a line for some programs and not for others.
bool has_bare_line_feed(std::string_view head, std::size_t begin) {
  for (std::size_t at = head.find('\n', begin); at != std::string_view::npos;
       at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') {
      return true;
    }
  }
  return false;
}

/// Headers that decide where a request ends, whom it is for or who sends it: twice is once too
/// much.
bool must_be_single(std::string_view name) {
  return name == "host" || name == "content-length" || name == "authorization" ||
         name == "origin" || name == "sec-fetch-site" || name == "content-type" ||
         name == "connection" || name == "expect";
}

}  // namespace

bool Intake::refuse_with(int status, std::string detail) {
  problem_ = {status, std::move(detail), {}};
  state_ = State::refused;
  buffer_.clear();
  buffer_.shrink_to_fit();
  return false;
}

Intake::State Intake::feed(std::string_view bytes) {
  if (state_ != State::refused && !bytes.empty()) {
    buffer_ += bytes;
    if (state_ != State::complete) {
      advance();
    }
  }
  return state_;
}

void Intake::advance() {
  if (!has_head_) {
    while (scanned_ == 0 && buffer_.starts_with("\r\n")) {  // RFC 9112, 2.2: before a request line
      buffer_.erase(0, 2);
    }
    state_ = buffer_.empty() ? State::idle : State::reading;
    const std::size_t end = buffer_.find("\r\n\r\n", scanned_ < 3 ? 0 : scanned_ - 3);
    if (has_bare_line_feed(std::string_view(buffer_).substr(0, end), scanned_)) {
      refuse_with(400, "lines must end with CR LF");
      return;
    }
    scanned_ = buffer_.size();
    if (end == std::string::npos ? buffer_.size() > most_head : end > most_head) {
      refuse_with(431, fmt::format("the headers exceed {} bytes", most_head));
      return;
    }
    if (end == std::string::npos) {
      if (buffer_.find('\n') == std::string::npos && buffer_.size() > most_line) {
        refuse_with(414, fmt::format("the request line exceeds {} bytes", most_line));
      }
      return;
    }
    request_ = {};
    read_head(std::string_view(buffer_).substr(0, end));
    if (state_ == State::refused) {
      return;
    }
    has_head_ = true;
    buffer_.erase(0, end + 4);
  }
  if (buffer_.size() >= body_size_) {
    request_.body = buffer_.substr(0, body_size_);
    buffer_.erase(0, body_size_);
    state_ = State::complete;
  }
}

Request Intake::take() {
  Request request = std::move(request_);
  has_head_ = false;
  body_size_ = 0;
  scanned_ = 0;
  state_ = State::idle;
  advance();
  return request;
}

void Intake::read_head(std::string_view head) {
  std::size_t begin = head.find("\r\n");
  if (!read_request_line(head.substr(0, begin))) {
    return;
  }
  std::size_t count = 0;
  while (begin != std::string_view::npos) {
    begin += 2;
    const std::size_t end = head.find("\r\n", begin);
    if (++count > most_headers) {
      refuse_with(431, fmt::format("more than {} header lines", most_headers));
      return;
    }
    if (!read_header(head.substr(begin, end == std::string_view::npos ? end : end - begin))) {
      return;
    }
    begin = end;
  }
  check_headers();
}

bool Intake::read_request_line(std::string_view line) {
  if (line.size() > most_line) {
    return refuse_with(414, fmt::format("the request line exceeds {} bytes", most_line));
  }
  const auto parts = base::split(line, ' ');
  if (parts.size() != 3 || !is_token(parts[0]) ||
      !std::ranges::all_of(parts[1], [](char c) { return c > 0x20 && c < 0x7F; })) {
    return refuse_with(400, "the request line must be METHOD TARGET HTTP/1.1");
  }
  if (parts[2] != "HTTP/1.1" && parts[2] != "HTTP/1.0") {
    return parts[2].starts_with("HTTP/")
               ? refuse_with(505, "only HTTP/1.1 and HTTP/1.0 are spoken")
               : refuse_with(400, "the request line names no HTTP version");
  }
  last_ = parts[2] == "HTTP/1.0";
  request_.method = parts[0];
  const auto target = parse_target(parts[1], request_);
  return target || refuse_with(400, target.error().message);
}

bool Intake::read_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse_with(400, "a header line must be Name: value, on one line");
  }
  std::string name = base::to_lower(line.substr(0, colon));
  const std::string_view value = base::trim(line.substr(colon + 1));
  if (!is_field_value(line.substr(colon + 1))) {
    return refuse_with(400, "a header has a control character");
  }
  const auto found = std::ranges::find_if(
      request_.headers, [&name](const auto& header) { return header.first == name; });
  if (found == request_.headers.end()) {
    request_.headers.emplace_back(std::move(name), value);
    return true;
  }
  if (must_be_single(name)) {
    return refuse_with(400, fmt::format("the header {} comes twice", name));
  }
  found->second += ", ";
  found->second += value;
  return true;
}

bool Intake::check_headers() {
  if (request_.header("transfer-encoding")) {
    return refuse_with(411, "send Content-Length, not Transfer-Encoding");
  }
  if (request_.header("expect")) {
    return refuse_with(417, "send the body without waiting for 100 Continue");
  }
  const auto host = request_.header("host");
  if (!host && !last_) {
    return refuse_with(400, "the Host header is missing");
  }
  if (request_.host.empty() && host) {  // the target's own authority wins (RFC 9112, 3.2.2)
    request_.host = *host;
  }
  body_size_ = 0;
  if (const auto length = request_.header("content-length")) {
    const auto [end, error] =
        std::from_chars(length->data(), length->data() + length->size(), body_size_);
    const bool digits = !length->empty() &&
                        std::ranges::all_of(*length, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) {
      return refuse_with(400, "Content-Length must be a number");
    }
    if (error != std::errc{} || body_size_ > most_body) {
      return refuse_with(413, fmt::format("the body exceeds {} bytes", most_body));
    }
  }
  if (body_size_ > 0 && request_.reads()) {
    return refuse_with(400, fmt::format("a {} request has no body", request_.method));
  }
  if (const auto connection = request_.header("connection")) {
    const auto options = base::split(*connection, ',');
    const auto has = [&options](std::string_view word) {
      return std::ranges::any_of(options, [word](std::string_view option) {
        return base::to_lower(base::trim(option)) == word;
      });
    };
    last_ = has("close") || (last_ && !has("keep-alive"));
  }
  return true;
}

}  // namespace auditor::web
