#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/pattern.h"
#include "base/result.h"
#include "model/alert.h"

namespace auditor::alerts {

/// Matchers that are ready to be asked.
class Matchers {
 public:
  /// Errors: `usage`, for an expression that does not compile.
  static base::Result<Matchers> compile(std::span<const model::Matcher> matchers);

  /// The same where they are known to compile; one that does not matches nothing.
  static Matchers of(std::span<const model::Matcher> matchers);

  /// Whether all match; none match everything.
  [[nodiscard]] bool fit(const std::map<std::string, std::string>& labels) const;

 private:
  struct Compiled {
    model::Matcher matcher;
    std::optional<base::Pattern> pattern;
  };

  std::vector<Compiled> all_;
  bool never_ = false;
};

}  // namespace auditor::alerts
