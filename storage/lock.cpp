#include "storage/lock.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"

namespace auditor::storage {

namespace {

std::string owner() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return fmt::format("process {} on {} since {}\n", ::getpid(), host.data(),
                     base::format_rfc3339(now));
}

std::string read_owner(int descriptor) {
  std::array<char, 512> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  return size <= 0 ? "another process"
                   : base::printable(
                         base::trim(std::string_view(text.data(), static_cast<std::size_t>(size))));
}

std::string reason() {
  return std::generic_category().message(errno);
}

}  // namespace

base::Result<Lock> Lock::take(const std::string& database) {
  const std::string path = database + ".lock";
  constexpr int owner_and_group = 0640;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_and_group);
  if (descriptor < 0) {
    return base::fail(base::ErrorKind::file, fmt::format("cannot open {}: {}", path, reason()));
  }
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return base::fail(base::ErrorKind::file,
                        fmt::format("{} is in use by {}: one daemon a database", database,
                                    read_owner(descriptor)));
    }
    return base::fail(base::ErrorKind::file, fmt::format("cannot lock {}: {}", path, reason()));
  }
  // A full disk must not keep the daemon from starting: the text is for people.
  const std::string text = owner();
  if (::ftruncate(descriptor, 0) == 0) {
    static_cast<void>(::pwrite(descriptor, text.data(), text.size(), 0) == 0);
  }
  return lock;
}

Lock::Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Lock::~Lock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

}  // namespace auditor::storage
