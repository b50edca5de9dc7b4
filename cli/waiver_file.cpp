#include "cli/waiver_file.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/engine.h"
#include "config/settings.h"

namespace auditor::cli {

namespace {

/// What it waives, and why, so that its owner finds it in the file.
std::string shown(const model::Waiver& waiver) {
  std::string text = fmt::format("the waiver of {}", waiver.check);
  if (waiver.job != "*") {
    text += fmt::format(" on job {}", waiver.job);
  }
  text += fmt::format(" by {} (\"{}\")", waiver.owner,
                      base::shorten(base::printable(waiver.reason), 60));
  return base::printable(text);
}

}  // namespace

base::Result<void> add_waivers(const std::string& file, model::Settings& settings) {
  auto loaded = config::load(file, checks::descriptions());
  if (!loaded) {
    return tl::unexpected(loaded.error().prefixed("--waivers"));
  }
  if (loaded->waivers.empty()) {
    return base::fail(base::ErrorKind::usage,
                      fmt::format("--waivers {}: there are none in it; it takes a file with a list "
                                  "`waivers:`, as the daemon's configuration has it",
                                  file));
  }
  for (model::Waiver& waiver : loaded->waivers) {
    const auto known = std::ranges::find(settings.waivers, waiver.id, &model::Waiver::id);
    if (waiver.id.empty() || known == settings.waivers.end()) {
      settings.waivers.push_back(std::move(waiver));
    }
  }
  return {};
}

void name_idle_waivers(const model::Settings& settings, const std::string& cluster,
                       base::Timestamp now, const checks::WaiverMatches& matches, bool all_judged) {
  for (const model::Waiver& waiver : settings.waivers) {
    if (!base::glob_match(waiver.cluster, cluster)) {
      continue;
    }
    if (waiver.expired(now)) {
      fmt::print(stderr, "audit-now: {} expired at {} and no longer counts\n", shown(waiver),
                 base::format_rfc3339(*waiver.until));
    } else if (all_judged && !matches.contains(waiver.id)) {
      fmt::print(stderr, "audit-now: {} lies over no finding; is it needed still?\n",
                 shown(waiver));
    }
  }
}

}  // namespace auditor::cli
