#pragma once

#include <cstdint>
#include <optional>

namespace auditor::web {

/// What the kernel says of this process; what cannot be read is absent.
struct ProcessUsage {
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> virtual_bytes;
  std::optional<double> cpu_seconds;
  std::optional<std::uint64_t> open_descriptors;
  std::optional<std::uint64_t> most_descriptors;
  std::optional<std::uint64_t> threads;
  std::optional<double> started_at_seconds;  ///< since the epoch
};

ProcessUsage process_usage();

}  // namespace auditor::web
