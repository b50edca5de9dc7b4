#include "http/failure.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/text.h"
#include "base/time.h"

namespace auditor::http {
namespace {

using base::ErrorKind;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "http://host:8081/prefix/overview" → "host:8081"
std::string authority(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

// The same without the port.
std::string host(std::string_view url) {
  const std::string both = authority(url);
  const auto bracket = both.find(']');
  return both.substr(0, both.find(':', bracket == std::string::npos ? 0 : bracket));
}

base::Error error(ErrorKind kind, const Failure& failure, const std::string& what) {
  return {kind, failure.where + ": " + base::printable(what), 0};
}

base::Error describe_no_connection(const Failure& failure) {
  if (failure.code == CURLE_COULDNT_RESOLVE_HOST) {
    return error(ErrorKind::network, failure,
                 "unknown host; check the spelling of \"" + host(failure.where) +
                     "\" and this machine's DNS");
  }
  if (failure.system_error == ECONNREFUSED) {
    return error(ErrorKind::network, failure,
                 (failure.peer == Peer::flink
                      ? "connection refused; check that the JobManager runs and that its REST port "
                        "is the one of "
                      : "connection refused; check that the receiver runs, and listens on ") +
                     authority(failure.where));
  }
  const std::string reason = failure.system_error == 0
                                 ? std::string(failure.detail)
                                 : std::generic_category().message(failure.system_error);
  return error(ErrorKind::network, failure,
               "no connection (" + reason + "); check the address and the network's rules");
}

base::Error describe_timeout(const Failure& failure) {
  const Limits& limits = *failure.limits;
  const std::string whole = base::format_duration(limits.request_timeout);
  if (!failure.asked) {
    const std::string limit =
        base::format_duration(std::min(limits.connect_timeout, limits.request_timeout));
    const std::string what = !failure.resolved    ? "the host's name was not resolved"
                             : !failure.connected ? "no connection"
                                                  : "the TLS handshake did not end";
    return error(ErrorKind::timed_out, failure,
                 what + " within " + limit +
                     " (connect timeout); check the address and firewalls between here and there");
  }
  if (failure.received.count == 0) {
    return error(ErrorKind::timed_out, failure,
                 "connected, but no answer within " + whole +
                     (failure.peer == Peer::flink
                          ? " (answer timeout); the JobManager may be overloaded: try a longer "
                            "timeout"
                          : " (answer timeout); the receiver may be overloaded"));
  }
  return error(ErrorKind::timed_out, failure,
               "the answer was not complete within " + whole + " (answer timeout), " +
                   base::format_bytes(failure.received) +
                   " came; the server or the network is slow: try a longer timeout");
}

// The numbers are OpenSSL's X509_V_ERR_…, stable since its first releases.
std::string_view certificate_problem(long verify_result) {
  switch (verify_result) {
    case 9:
      return "the server's certificate is not valid yet; check the clocks of both machines";
    case 10:
      return "the server's certificate has expired; renew it on the server";
    case 18:
    case 19:
      return "the server's certificate is signed by an authority unknown here (self-signed); give "
             "the authority's PEM file as CA file";
    case 2:
    case 20:
    case 21:
      return "the server's certificate is signed by an authority unknown here; give the "
             "authority's PEM file as CA file";
    default:
      return {};
  }
}

base::Error describe_tls(const Failure& failure) {
  const std::string_view detail = failure.detail;
  const auto tls = [&](const std::string& what) {
    return error(ErrorKind::tls, failure, "TLS: " + what);
  };
  if (failure.code == CURLE_SSL_CACERT_BADFILE) {
    return error(ErrorKind::file, failure,
                 failure.target->ca_file.empty()
                     ? "the system's CA certificates cannot be read; give a CA file"
                     : "CA file " + failure.target->ca_file +
                           " cannot be read as PEM; check the path and its content");
  }
  if (failure.code == CURLE_SSL_CERTPROBLEM) {
    return error(
        ErrorKind::file, failure,
        "client certificate " + failure.target->client_certificate +
            " or its key cannot be used; check that both are PEM files and belong together");
  }
  if (failure.code == CURLE_PEER_FAILED_VERIFICATION) {
    const std::string_view known = certificate_problem(failure.verify_result);
    if (!known.empty()) return tls(std::string(known));
    if (contains(detail, "subject name") || contains(detail, "does not match")) {
      return tls("the server's certificate is for another host name than " + host(failure.where) +
                 "; use the name in the certificate, or renew it with this name");
    }
  }
  // With TLS 1.3 the server refuses after the handshake, with 1.2 within it.
  if (contains(detail, "certificate required") || contains(detail, "handshake failure") ||
      contains(detail, "alert bad certificate")) {
    return tls(failure.target->client_certificate.empty()
                   ? "the server wants a client certificate; give one with its key"
                   : "the server refuses the client certificate; check that its authority is the "
                     "one that the server trusts");
  }
  if (contains(detail, "alert unknown ca") || contains(detail, "alert certificate") ||
      contains(detail, "alert unsupported certificate")) {
    return tls("the server refuses the client certificate; check its authority and its dates");
  }
  if (contains(detail, "wrong version number") || contains(detail, "packet length too long") ||
      contains(detail, "http request")) {
    return tls("the server does not speak TLS on this port; try http:// instead of https://");
  }
  if (contains(detail, "SSL_ERROR_SYSCALL") || contains(detail, "unexpected eof")) {
    return tls("the connection broke in the handshake; check that this port speaks TLS");
  }
  return tls("no secure connection (" + std::string(detail) + "); check the server's TLS set-up");
}

bool is_tls_error(const Failure& failure) {
  switch (failure.code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return true;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return contains(failure.detail, " alert ");  // the server's refusal in TLS 1.3
    default:
      return false;
  }
}

base::Error describe_too_large(const Failure& failure) {
  return error(
      ErrorKind::too_large, failure,
      failure.peer == Peer::receiver ? "the answer has no end; check that the URL is the receiver's"
      : failure.excess == Excess::headers
          ? "the answer's headers have no end; is this Flink's REST API?"
          : "the answer exceeds the limit of " + base::format_bytes(failure.limits->max_body) +
                " and was dropped; is this Flink's REST API?");
}

// The connection broke without a word of an answer.
base::Error describe_broken(const Failure& failure) {
  const std::string broke =
      "the connection broke before an answer came (" + std::string(failure.detail) + "); ";
  if (failure.where.starts_with("http://")) {
    return error(ErrorKind::network, failure,
                 broke + "check the port, and try https:// if it speaks TLS");
  }
  // In TLS 1.3 the refusal comes after the handshake, and a reset may overtake it.
  return failure.target->client_certificate.empty()
             ? error(ErrorKind::tls, failure,
                     broke + "if the server wants a client certificate, give one with its key")
             : error(ErrorKind::tls, failure,
                     broke + "check that the server trusts the client certificate");
}

base::Error describe_bad_answer(const Failure& failure) {
  const bool plain = failure.where.starts_with("http://");
  switch (failure.code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return error(failure.peer == Peer::flink ? ErrorKind::not_flink : ErrorKind::malformed,
                   failure,
                   std::string("the answer is not HTTP; check the port") +
                       (plain ? ", and try https:// if it speaks TLS" : ""));
    case CURLE_GOT_NOTHING:
      return error(ErrorKind::network, failure,
                   std::string("the connection was closed without an answer; check the port") +
                       (plain ? ", and try https:// if it speaks TLS" : ""));
    case CURLE_PARTIAL_FILE:
      return error(ErrorKind::malformed, failure,
                   "the answer was cut short after " + base::format_bytes(failure.received) +
                       "; try again, and look at the proxies on the way");
    case CURLE_BAD_CONTENT_ENCODING:
      return error(ErrorKind::malformed, failure,
                   "the compressed answer is damaged; look at the proxies on the way");
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      if (failure.answered) {
        return error(ErrorKind::malformed, failure,
                     "the answer was cut short after " + base::format_bytes(failure.received) +
                         " (" + std::string(failure.detail) + "); try again");
      }
      return describe_broken(failure);
    default:
      return error(ErrorKind::network, failure,
                   "the request failed (" +
                       std::string(failure.detail.empty() ? curl_easy_strerror(failure.code)
                                                          : failure.detail) +
                       ")");
  }
}

}  // namespace

base::Error describe(const Failure& failure) {
  if (failure.excess != Excess::none) return describe_too_large(failure);
  if (is_tls_error(failure)) return describe_tls(failure);
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return describe_no_connection(failure);
    case CURLE_OPERATION_TIMEDOUT:
      return describe_timeout(failure);
    default:
      return describe_bad_answer(failure);
  }
}

}  // namespace auditor::http
