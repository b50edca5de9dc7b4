#include "cli/what_if_report.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "report/wrap.h"

namespace auditor::cli {

namespace {

using advice::KeyGroupGroup;
using advice::ParallelismChoice;
using advice::WhatIf;

constexpr std::size_t width = 80;

/// More rows than this are cut to the even ones, unless all are asked for.
constexpr std::ptrdiff_t most_rows = 40;

std::string remarks(const KeyGroupGroup& group, const ParallelismChoice& choice) {
  std::vector<std::string> said;
  if (group.is_current(choice.parallelism)) {
    said.emplace_back("now");
  }
  if (choice.spread.even()) {
    said.emplace_back("even");
  } else if (!choice.pays) {
    said.emplace_back("no faster than fewer");
  }
  if (choice.slots_short.value_or(0) > 0) {
    said.push_back(fmt::format(
        "{} too few", base::plural(static_cast<std::size_t>(*choice.slots_short), "slot")));
  }
  return base::join(said, ", ");
}

std::string key_groups(const advice::Spread& spread) {
  return spread.even() ? fmt::format("{}", spread.most)
                       : fmt::format("{} to {}", spread.fewest, spread.most);
}

void write_group(const KeyGroupGroup& group, bool all, std::string& out) {
  std::vector<std::string> names;
  names.reserve(group.vertices.size());
  for (const model::JobVertex* vertex : group.vertices) {
    names.push_back(base::shorten(base::printable(vertex->name), 60));
  }
  out += report::wrap(fmt::format("Max parallelism {}{}: {}", group.max_parallelism,
                                  group.proposed ? ", proposed" : "", base::join(names, "; ")),
                      width, "", "  ");
  if (group.proposed) {
    out += report::wrap(
        "A job with state cannot take it over: it has to start without its state, or from a "
        "savepoint that the State Processor API has written anew.",
        width, "  ", "  ");
  }
  if (!group.keyed) {
    out += report::wrap(
        fmt::format("None of them has an input that is partitioned by key, so key groups matter "
                    "little: {} is the largest parallelism.",
                    group.max_parallelism),
        width, "  ", "  ");
    if (!all) {
      out += '\n';
      return;
    }
  }
  const auto paying = std::ranges::count_if(group.choices, &ParallelismChoice::pays);
  out += fmt::format("\n{:>11}  {:<22}  {:>9}\n", "PARALLELISM", "KEY GROUPS PER SUBTASK",
                     "IMBALANCE");
  for (const ParallelismChoice& choice : group.choices) {
    const bool shown = all || group.is_current(choice.parallelism) || choice.spread.even() ||
                       (choice.pays && paying <= most_rows);
    if (shown) {
      const std::string line = fmt::format(
          "{:>11}  {:<22}  {:>9}  {}", choice.parallelism, key_groups(choice.spread),
          choice.spread.even() ? "-" : fmt::format("{:.0f} %", 100 * choice.spread.imbalance),
          remarks(group, choice));
      out += line.substr(0, line.find_last_not_of(' ') + 1);
      out += '\n';
    }
  }
  out += '\n';
}

}  // namespace

std::string what_if_as_text(const std::string& job, const WhatIf& result, bool all) {
  std::string out = fmt::format("{:<8}{}\n", "Job", base::printable(job));
  out += fmt::format("{:<8}{} used by the job", "Slots", result.used);
  if (result.free) {
    out += fmt::format(", {} free of {}", *result.free, *result.slots);
  }
  out += "\n\n";
  for (const KeyGroupGroup& group : result.groups) {
    write_group(group, all, out);
  }
  if (!result.pinned.empty()) {
    std::vector<std::string> names;
    names.reserve(result.pinned.size());
    for (const model::JobVertex* vertex : result.pinned) {
      names.push_back(base::shorten(base::printable(vertex->name), 60));
    }
    out += report::wrap(
        fmt::format("Of one subtask by Flink's own rule: {}.", base::join(names, "; ")), width, "",
        "  ");
  }
  out += report::wrap(
      "Imbalance: how much more than the mean the fullest subtask has to do, where records are "
      "spread evenly over the keys. Slots: where all vertices share them, as by default.",
      width, "", "");
  if (!all) {
    out += "Shown: those that pay or are even; --all shows every one.\n";
  }
  return out;
}

}  // namespace auditor::cli
