#include "alerts/matchers.h"

#include <algorithm>
#include <utility>

#include "model/matcher.h"

namespace auditor::alerts {

using model::Matcher;

base::Result<Matchers> Matchers::compile(std::span<const Matcher> matchers) {
  Matchers compiled;
  compiled.all_.reserve(matchers.size());
  for (const Matcher& matcher : matchers) {
    Compiled one{.matcher = matcher, .pattern = std::nullopt};
    if (matcher.kind == Matcher::Kind::matches || matcher.kind == Matcher::Kind::not_matches) {
      auto pattern = base::Pattern::compile(matcher.value);
      if (!pattern) {
        return tl::unexpected(pattern.error());
      }
      one.pattern = std::move(*pattern);
    }
    compiled.all_.push_back(std::move(one));
  }
  return compiled;
}

Matchers Matchers::of(std::span<const Matcher> matchers) {
  Matchers nothing;
  nothing.never_ = true;
  return compile(matchers).value_or(std::move(nothing));
}

bool Matchers::fit(const std::map<std::string, std::string>& labels) const {
  return !never_ && std::ranges::all_of(all_, [&labels](const Compiled& one) {
    const std::string_view value = model::label_of(labels, one.matcher.label);
    switch (one.matcher.kind) {
      case Matcher::Kind::equal:
        return value == one.matcher.value;
      case Matcher::Kind::not_equal:
        return value != one.matcher.value;
      case Matcher::Kind::matches:
        return one.pattern->matches(value);
      case Matcher::Kind::not_matches:
        return !one.pattern->matches(value);
    }
    return false;
  });
}

}  // namespace auditor::alerts
