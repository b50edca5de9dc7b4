#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/time.h"

namespace auditor::model {

/// What the cluster said about one resource: a value or an `Error`, when it was observed, and the
/// REST path it came from.
template <class T>
struct Part {
  base::Result<T> value = base::fail(base::ErrorKind::not_asked, "not asked for");
  std::string source;  ///< REST path, without the base URL
  base::Timestamp observed_at{};

  /// Equal in two looks at one cluster only if they saw the same. 0: nothing is known of that.
  std::uint64_t revision = 0;

  [[nodiscard]] bool known() const { return value.has_value(); }
};

}  // namespace auditor::model
