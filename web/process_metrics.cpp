#include "web/process_metrics.h"

#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"

namespace auditor::web {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

std::optional<std::uint64_t> descriptors() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return error || count == 0 ? std::nullopt : std::optional(count - 1);  // less the iterator's own
}

/// When the system started, in seconds since the epoch.
std::optional<std::uint64_t> boot_time() {
  const auto text = base::read_file("/proc/stat", base::mebibytes(4));
  const std::size_t at = text ? text->find("btime ") : std::string::npos;
  return at == std::string::npos ? std::nullopt : number(std::string_view(*text).substr(at + 6));
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  usage.open_descriptors = descriptors();
  if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    usage.most_descriptors = limit.rlim_cur;
  }
  const auto stat = base::read_file("/proc/self/stat", base::kibibytes(64));
  const std::size_t name_end = stat ? stat->rfind(") ") : std::string::npos;
  if (name_end == std::string::npos) {
    return usage;
  }
  // proc(5): the state is field 3, and the first behind the name.
  const auto fields = base::split(std::string_view(*stat).substr(name_end + 2), ' ');
  const auto field = [&fields](std::size_t n) {
    return n - 3 < fields.size() ? number(fields[n - 3]) : std::nullopt;
  };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const auto user = field(14), system = field(15); user && system) {
    usage.cpu_seconds = static_cast<double>(*user + *system) / ticks;
  }
  usage.threads = field(20);
  if (const auto start = field(22), boot = boot_time(); start && boot) {
    usage.started_at_seconds = static_cast<double>(*boot) + static_cast<double>(*start) / ticks;
  }
  usage.virtual_bytes = field(23);
  if (const auto pages = field(24)) {
    usage.resident_bytes = *pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  return usage;
}

}  // namespace auditor::web
