#include "daemon/descriptors.h"

#include <algorithm>

#include <sys/resource.h>

namespace auditor::daemon {

void raise_descriptor_limit() {
  if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);  // where it fails, the one before stays
  }
}

std::size_t descriptor_limit() {
  rlimit limit{};
  constexpr std::size_t otherwise = 1024;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return otherwise;
  }
  return limit.rlim_cur;  // RLIM_INFINITY is the largest number
}

std::size_t connections_to_keep(std::size_t of_clusters, std::size_t least,
                                std::size_t descriptors) {
  return std::min(std::max(of_clusters, least), descriptors / 2);
}

}  // namespace auditor::daemon
