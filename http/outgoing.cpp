#include "http/outgoing.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/header.h"
#include "base/text.h"
#include "http/event_loop.h"
#include "http/options.h"

namespace auditor::http {

namespace {

using base::ErrorKind;

bool is_loopback(std::string_view origin) {
  std::string_view host = origin.substr(origin.find("://") + 3);
  if (host.starts_with('[')) {
    return host.starts_with("[::1]");
  }
  host = host.substr(0, host.find(':'));
  return host == "localhost" || host.starts_with("127.");
}

/// Whether a line of SMTP says that an address or the mail is not taken; other refusals are part of
/// how client and server find what both can.
bool refuses_mail(std::string_view line) {
  return line.size() > 3 && (line.starts_with("45") || line.starts_with("55"));
}

}  // namespace

std::string origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return "(a URL without a scheme)";
  }
  const std::string_view rest = url.substr(scheme + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto user = authority.rfind('@'); user != std::string_view::npos) {
    authority.remove_prefix(user + 1);
  }
  return base::printable(fmt::format("{}://{}", url.substr(0, scheme), authority));
}

OutgoingTransfer::OutgoingTransfer(Outgoing outgoing, Sender::Done done)
    : outgoing_(std::move(outgoing)), where_(origin_of(outgoing_.url)), done_(std::move(done)) {}

base::Result<void> OutgoingTransfer::check() const {
  if (auto fit = check_credentials(*outgoing_.access); !fit) return fit;
  for (const std::string& line : outgoing_.headers) {
    if (!base::is_one_line(line)) {
      return base::fail(ErrorKind::usage, where_ + ": a header has control characters");
    }
  }
  const bool addresses = base::is_one_line(outgoing_.from) &&
                         std::ranges::all_of(outgoing_.to, [](const std::string& address) {
                           return base::is_one_line(address);
                         });
  if (!addresses) {
    return base::fail(ErrorKind::usage, where_ + ": an address has control characters");
  }
  return {};
}

base::Result<void> OutgoingTransfer::prepare(EventLoop& loop) {
  handle_.reset(curl_easy_init());
  if (!handle_) return base::fail(ErrorKind::internal, "libcurl gives no handle");
  if (auto fit = check(); !fit) return fit;
  loop.attach_connections(handle_.get());
  Options options(handle_.get());
  options.set(CURLOPT_URL, outgoing_.url);
  options.set(CURLOPT_ERRORBUFFER, detail_.data());
  options.set(CURLOPT_WRITEFUNCTION, &OutgoingTransfer::on_body);
  options.set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  options.set(CURLOPT_HEADERFUNCTION, &OutgoingTransfer::on_header);
  options.set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set_common(options, *outgoing_.access);
  if (!outgoing_.access->basic_user.empty()) {
    options.set(CURLOPT_USERNAME, outgoing_.access->basic_user);
    options.set(CURLOPT_PASSWORD, outgoing_.access->basic_password);
  }
  if (auto set = options.result(where_); !set) return set;
  return outgoing_.method == Outgoing::Method::mail ? set_mail() : set_request();
}

base::Result<void> OutgoingTransfer::set_request() {
  std::vector<std::string> lines{user_agent_line()};
  if (!outgoing_.access->bearer_token.empty()) {
    lines.push_back("Authorization: Bearer " + outgoing_.access->bearer_token);
  }
  lines.insert(lines.end(), outgoing_.access->headers.begin(), outgoing_.access->headers.end());
  lines.insert(lines.end(), outgoing_.headers.begin(), outgoing_.headers.end());
  Options options(handle_.get());
  set_http(options);
  options.set(CURLOPT_HTTPAUTH, long{CURLAUTH_BASIC});
  if (outgoing_.method == Outgoing::Method::post) {
    lines.push_back("Content-Type: " + outgoing_.content_type);
    // A receiver that does not know it would hold the body up for a second.
    lines.emplace_back("Expect:");
    options.set(CURLOPT_POST, 1L);
    options.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(outgoing_.body.size()));
    options.set(CURLOPT_POSTFIELDS, outgoing_.body.data());  // not copied
  } else {
    options.set(CURLOPT_HTTPGET, 1L);
  }
  for (const std::string& line : lines) {
    if (auto added = append(headers_, line); !added) return added;
  }
  options.set(CURLOPT_HTTPHEADER, headers_.get());
  return options.result(where_);
}

base::Result<void> OutgoingTransfer::set_mail() {
  for (const std::string& address : outgoing_.to) {
    if (auto added = append(recipients_, fmt::format("<{}>", address)); !added) return added;
  }
  Options options(handle_.get());
  options.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  // What is said of a fleet, and the password before, go nowhere in the clear.
  options.set(CURLOPT_USE_SSL, long{is_loopback(where_) ? CURLUSESSL_NONE : CURLUSESSL_ALL});
  options.set(CURLOPT_MAIL_FROM, fmt::format("<{}>", outgoing_.from));
  options.set(CURLOPT_MAIL_RCPT, recipients_.get());
  // An address that is gone must not keep the alert from the others.
  options.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  options.set(CURLOPT_UPLOAD, 1L);
  options.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(outgoing_.body.size()));
  options.set(CURLOPT_READFUNCTION, &OutgoingTransfer::on_upload);
  options.set(CURLOPT_READDATA, static_cast<void*>(this));
  return options.result(where_);
}

base::Result<Reply> OutgoingTransfer::reply(CURLcode code) {
  const int status = static_cast<int>(info<long>(handle_.get(), CURLINFO_RESPONSE_CODE));
  if (outgoing_.method == Outgoing::Method::mail) {
    if (code == CURLE_OK) return Reply{status, {}, std::move(body_)};
    if (status >= 400) {
      return Reply{status, {}, body_.empty() ? std::string(detail_.data()) : std::move(body_)};
    }
    return tl::unexpected(failure(code));
  }
  // Who has answered has taken the request, or has not, whatever becomes of the answer's body.
  if (answered_) return Reply{status, std::move(retry_after_), std::move(body_)};
  return tl::unexpected(failure(code == CURLE_OK ? CURLE_GOT_NOTHING : code));
}

base::Error OutgoingTransfer::failure(CURLcode code) const {
  if (code == CURLE_USE_SSL_FAILED) {
    return {ErrorKind::tls,
            where_ + ": the server offers no STARTTLS; use smtps://, or a server that offers it",
            0};
  }
  CURL* handle = handle_.get();
  Failure failure;
  failure.code = code;
  failure.detail = detail_.data();
  failure.where = where_;
  failure.limits = &outgoing_.access->limits;
  failure.target = outgoing_.access.get();
  failure.peer = Peer::receiver;
  failure.received = {info<curl_off_t>(handle, CURLINFO_SIZE_DOWNLOAD_T) +
                      info<long>(handle, CURLINFO_HEADER_SIZE)};
  failure.excess = excess_;
  failure.system_error = static_cast<int>(info<long>(handle, CURLINFO_OS_ERRNO));
  failure.verify_result = info<long>(handle, CURLINFO_SSL_VERIFYRESULT);
  failure.resolved = info<curl_off_t>(handle, CURLINFO_NAMELOOKUP_TIME_T) > 0;
  failure.connected = info<long>(handle, CURLINFO_LOCAL_PORT) > 0;
  failure.asked = info<curl_off_t>(handle, CURLINFO_PRETRANSFER_TIME_T) > 0;
  failure.answered = info<long>(handle, CURLINFO_RESPONSE_CODE) > 0;
  return describe(failure);
}

void OutgoingTransfer::note(std::string_view line) {
  constexpr std::string_view name = "retry-after:";
  if (outgoing_.method == Outgoing::Method::mail) {
    if (refuses_mail(line) && body_.size() < max_reply_body) body_.append(line);
    return;
  }
  if (line.starts_with("HTTP/")) {
    retry_after_.clear();  // of an answer before: 100, 103
  } else if (line == "\r\n" || line == "\n") {
    answered_ = info<long>(handle_.get(), CURLINFO_RESPONSE_CODE) >= 200;
  } else if (base::to_lower(line.substr(0, name.size())) == name) {
    retry_after_ = base::trim(line.substr(name.size()));
  }
}

std::size_t OutgoingTransfer::on_body(const char* data, std::size_t size, std::size_t count,
                                      void* transfer) {
  auto& self = *static_cast<OutgoingTransfer*>(transfer);
  const std::size_t bytes = size * count;
  const std::size_t room = max_reply_body - std::min(max_reply_body, self.body_.size());
  self.body_.append(data, std::min(bytes, room));
  return bytes <= room ? bytes : 0;  // less than `bytes`: curl stops the transfer
}

std::size_t OutgoingTransfer::on_header(const char* data, std::size_t size, std::size_t count,
                                        void* transfer) {
  auto& self = *static_cast<OutgoingTransfer*>(transfer);
  const std::size_t bytes = size * count;
  self.header_bytes_ += bytes;
  if (self.header_bytes_ > max_header_bytes) {
    self.excess_ = Excess::headers;
    return 0;
  }
  self.note({data, bytes});
  return bytes;
}

std::size_t OutgoingTransfer::on_upload(char* data, std::size_t size, std::size_t count,
                                        void* transfer) {
  auto& self = *static_cast<OutgoingTransfer*>(transfer);
  const std::size_t bytes = self.outgoing_.body.copy(data, size * count, self.uploaded_);
  self.uploaded_ += bytes;
  return bytes;
}

}  // namespace auditor::http
