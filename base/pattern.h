#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace auditor::base {

/// A regular expression in RE2's syntax, which is Prometheus' and Alertmanager's. Matching takes
/// time linear in the text, whatever the expression. A copy shares it.
class Pattern {
 public:
  /// Errors: `usage`, with what is wrong in the expression. What would take over 1 MiB is refused.
  static Result<Pattern> compile(const std::string& expression);

  /// Whether the whole of `text` fits.
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace auditor::base
