#include "daemon/service.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace auditor::daemon {

namespace {

/// The environment is read before threads start, and never written.
std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): see above
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

void notify_service_manager(std::string_view state) {
  static const std::string path(environment("NOTIFY_SOCKET"));
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path.front() == '@') {
    address.sun_path[0] = '\0';  // the abstract namespace
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return;
  }
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  // A service manager that does not listen is no reason to stop.
  static_cast<void>(::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length));
  ::close(descriptor);
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const std::string_view text = environment("WATCHDOG_USEC");
  std::int64_t microseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), microseconds);
  if (text.empty() || error != std::errc{} || microseconds <= 0) {
    return std::nullopt;
  }
  return std::chrono::microseconds(microseconds);
}

}  // namespace auditor::daemon
