#include "cli/upgrade_report.h"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "report/wrap.h"

namespace auditor::cli {

namespace {

using advice::Effect;
using advice::Step;
using advice::UpgradeItem;
using advice::UpgradePlan;

constexpr std::size_t width = 80;

std::string_view heading(Step step) {
  switch (step) {
    case Step::before:
      return "BEFORE THE UPGRADE, on the release that runs";
    case Step::with:
      return "WITH THE UPGRADE, in the same step";
    case Step::after:
      break;
  }
  return "AFTER THE UPGRADE, when there is time";
}

std::string_view mark(Effect effect) {
  switch (effect) {
    case Effect::breaks:
      return "BREAKS";
    case Effect::unseen:
      return "LOOK  ";
    case Effect::works:
      break;
  }
  return "works ";
}

std::string jobs_of(const UpgradeItem& item) {
  constexpr std::size_t most = 6;
  std::string text = fmt::format("{}", fmt::join(item.jobs | std::views::take(most), ", "));
  if (item.jobs.size() > most) {
    text += fmt::format(" and {} more", item.jobs.size() - most);
  }
  return text;
}

void write_evidence(const UpgradeItem& item, std::string& out) {
  const std::size_t most = item.jobs.empty() ? item.evidence.size() : 1;  // JSON has all
  for (const model::Evidence& fact : item.evidence | std::views::take(most)) {
    const std::string value =
        std::visit([](const auto& v) { return fmt::format("{}", v); }, fact.value);
    out += report::wrap(base::printable(fmt::format("{} = {}", fact.label, value)), width,
                        "         ", "           ");
    if (fact.source) {
      out += report::wrap(
          base::printable(fmt::format("from {}#{}", fact.source->path, fact.source->pointer)),
          width, "           ", "             ");
    }
  }
  if (item.evidence.size() > most) {
    out += fmt::format("         and {} more of the kind\n", item.evidence.size() - most);
  }
}

void write_item(const UpgradeItem& item, std::string& out) {
  const std::string about = item.jobs.empty() ? "" : jobs_of(item) + ": ";
  out +=
      report::wrap(about + item.message, width, fmt::format("{} ", mark(item.effect)), "       ");
  write_evidence(item, out);
  out += report::wrap(item.action, width, "       Do: ", "           ");
}

std::string summary(const UpgradePlan& plan) {
  const auto count = [&plan](Effect effect) {
    return static_cast<std::size_t>(std::ranges::count(plan.items, effect, &UpgradeItem::effect));
  };
  const std::size_t breaks = count(Effect::breaks);
  return fmt::format(
      "{}, {} to look at by hand, {}; {} unchanged.",
      breaks == 0   ? "Nothing that can be seen breaks"
      : breaks == 1 ? "1 thing breaks"
                    : fmt::format("{} things break", breaks),
      count(Effect::unseen), fmt::format("{} can wait", count(Effect::works)),
      base::plural(plan.keys_kept, "key of the configuration is", "keys of the configuration are"));
}

}  // namespace

std::string upgrade_as_text(const UpgradePlan& plan, const std::string& target) {
  std::string out =
      fmt::format("Flink {} to {}\n", base::printable(plan.from.text), plan.to.text());
  out += report::wrap(summary(plan), width, "", "");
  for (const Step step : {Step::before, Step::with, Step::after}) {
    bool first = true;
    for (const UpgradeItem& item : plan.items) {
      if (item.step == step) {
        out += first ? fmt::format("\n{}\n\n", heading(step)) : "\n";
        write_item(item, out);
        first = false;
      }
    }
  }
  out += '\n';
  if (!plan.unlisted.empty()) {
    out += report::wrap(
        fmt::format("Not among the options that were compared over the releases, so kept as they "
                    "are: {}.",
                    fmt::join(plan.unlisted, ", ")),
        width, "", "");
  }
  if (!plan.masked.empty()) {
    out += report::wrap(fmt::format("Masked, so that only the key was looked at: {}.",
                                    fmt::join(plan.masked, ", ")),
                        width, "", "");
  }
  out += report::wrap(
      "BREAKS: something does not start, or a setting is lost without a word. LOOK: REST cannot "
      "show whether it concerns you. works: an old name that is still read.",
      width, "", "");
  out += fmt::format(
      "The configuration for Flink {}:\n    audit-now upgrade {} --to {} --format config.yaml\n",
      plan.to.text(), base::printable(target), plan.to.text());
  return out;
}

}  // namespace auditor::cli
