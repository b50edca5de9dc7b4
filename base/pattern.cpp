#include "base/pattern.h"

#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"

namespace auditor::base {

Result<Pattern> Pattern::compile(const std::string& expression) {
  constexpr std::int64_t most_memory = 1 << 20;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(most_memory);
  options.set_dot_nl(true);  // as Alertmanager's ^(?s:…)$
  auto compiled = std::make_shared<const re2::RE2>(expression, options);
  if (!compiled->ok()) {
    return fail(ErrorKind::usage,
                fmt::format("\"{}\" is no regular expression: {}",
                            shorten(printable(expression), 80), printable(compiled->error())));
  }
  return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace auditor::base
