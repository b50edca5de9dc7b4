#include "config/checks_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/murmur3.h"
#include "base/text.h"
#include "config/scalars.h"

namespace auditor::config {

namespace {

using base::Result;
using model::CheckInfo;
using model::CheckSettings;
using model::OptionInfo;
using model::OptionKind;
using model::Waiver;

constexpr double month = 30.0 * 24 * 3'600'000;

Kind kind_of(OptionKind kind) {
  switch (kind) {
    case OptionKind::number:
      return Kind::number;
    case OptionKind::percent:
      return Kind::percent;
    case OptionKind::duration:
      return Kind::duration;
    case OptionKind::bytes:
      return Kind::size;
  }
  return Kind::number;
}

Table<CheckSettings> options_table(const CheckInfo& check) {
  Table<CheckSettings> table;
  for (const OptionInfo& option : check.options) {
    const Kind kind = kind_of(option.kind);
    table.add({.name = std::string(option.name),
               .help = std::string(option.help),
               .kind = kind,
               .otherwise = bound_text(kind, option.otherwise),
               .minimum = option.minimum,
               .maximum = option.maximum},
              {.read = [](const Reader& reader, const Setting& row, const Node& node,
                          CheckSettings& into) {
                return read_number(reader, row, node).map([&](double value) {
                  into.options[row.name] = value;
                });
              }});
  }
  return table;
}

Result<void> read_severity(const Reader& reader, const Setting& row, const Node& node,
                           CheckSettings& into) {
  const auto severity = model::parse_severity(node.scalar);
  if (!severity) {
    return reader.wrong(row, node);
  }
  into.severity = severity;
  return {};
}

Table<CheckSettings> check_table(const CheckInfo& check) {
  Table<CheckSettings> table;
  add_value(table,
            {.name = "enabled",
             .help = "false: the check is not run and costs no request.",
             .kind = Kind::boolean},
            &CheckSettings::enabled);
  table.add({.name = "severity",
             .help = "In place of the check's own, whatever it finds.",
             .example = "low",
             .kind = Kind::choice,
             .choices = {"info", "low", "medium", "high", "critical"}},
            {.read = read_severity});
  const auto add_time = [&table](std::string name, std::string help,
                                 std::chrono::milliseconds otherwise,
                                 std::optional<std::chrono::milliseconds> CheckSettings::* member) {
    add_value(table,
              {.name = std::move(name),
               .help = std::move(help),
               .kind = Kind::duration,
               .minimum = 0,
               .maximum = month},
              member);
    table.settings.back().otherwise = duration_text(otherwise);
  };
  add_time("for",
           "How long the check must fail before its finding fires; until then it is pending.",
           check.pending_for, &CheckSettings::pending_for);
  add_time("keep_firing_for", "How long the check must pass before its finding is resolved.",
           check.keep_firing_for, &CheckSettings::keep_firing_for);
  if (!check.options.empty()) {
    add_section(table,
                {.name = "options",
                 .help = "Thresholds of the check; its page tells what they mean.",
                 .noun = fmt::format("option of {}", check.id)},
                Itself{}, options_table(check));
  }
  return table;
}

/// Stable as long as the rule covers the same; who answers for it, why and how long may change.
std::string rule_id(const Waiver& waiver) {
  constexpr std::size_t length = 16;
  std::string rule = waiver.check;
  for (const std::string* part : {&waiver.cluster, &waiver.job}) {
    rule += '\0';
    rule += *part;
  }
  return base::to_hex(base::murmur3_x64_128(rule)).substr(0, length);
}

Result<void> finish_waiver(const Reader& reader, const Node& node, Waiver& waiver,
                           const std::vector<std::string_view>& ids) {
  if (waiver.check == "*" && waiver.cluster == "*" && waiver.job == "*") {
    return reader.error(node, "a waiver of everything: name a check, a cluster or a job");
  }
  const bool known = std::ranges::any_of(
      ids, [&](std::string_view id) { return base::glob_match(waiver.check, id); });
  if (!known) {
    const std::string_view near = base::nearest(waiver.check, ids);
    return reader.error(
        *node.find("check"),
        fmt::format("\"{}\" matches no check{}", base::printable(waiver.check),
                    near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
  }
  waiver.id = rule_id(waiver);
  if (waiver.expired(reader.now) && reader.warnings != nullptr) {
    reader.warnings->push_back(fmt::format(
        "{}: the waiver of {} by {} expired at {}: it stops nothing any more; renew or remove it",
        reader.place(node), base::printable(waiver.check), base::printable(waiver.owner),
        base::format_rfc3339(*waiver.until)));
  }
  return {};
}

}  // namespace

Table<model::Settings> checks_table(std::span<const CheckInfo* const> checks) {
  Table<model::Settings> table;
  for (const CheckInfo* check : checks) {
    auto rows = std::make_shared<const Table<CheckSettings>>(check_table(*check));
    table.add({.name = std::string(check->id),
               .help = std::string(check->title),
               .kind = Kind::section,
               .rows = rows->settings},
              {.read = [rows](const Reader& reader, const Setting& row, const Node& node,
                              model::Settings& into) {
                return read_table(reader, *rows, row.name, row.noun, node, into.checks[row.name]);
              }});
  }
  return table;
}

Table<Waiver> waiver_table(std::span<const CheckInfo* const> checks) {
  Table<Waiver> table;
  add_value(table,
            {.name = "check",
             .help = "Ids of checks; * stands for any run of characters, ? for one.",
             .example = "rest-unencrypted"},
            &Waiver::check);
  add_value(table, {.name = "cluster", .help = "Names of clusters, with * and ?."},
            &Waiver::cluster);
  add_value(table,
            {.name = "job",
             .help = "Names of jobs, with * and ?. \"*\" also covers what is found of the cluster "
                     "itself."},
            &Waiver::job);
  add_value(table,
            {.name = "reason",
             .help = "Why it is accepted; shown wherever the finding is.",
             .example = "Inside the mesh, which encrypts",
             .required = true},
            &Waiver::reason);
  add_value(table,
            {.name = "owner",
             .help = "Who answers for it.",
             .example = "team-streaming",
             .required = true},
            &Waiver::owner);
  add_value(table,
            {.name = "until",
             .help = "When it stops working: RFC 3339, or a date, which means the end of that day "
                     "in UTC. Left out: never.",
             .example = "2027-06-30",
             .kind = Kind::moment},
            &Waiver::until);
  std::vector<std::string_view> ids;
  ids.reserve(checks.size());
  for (const CheckInfo* check : checks) {
    ids.push_back(check->id);
  }
  table.finish = [ids = std::move(ids)](const Reader& reader, const Node& node, Waiver& into) {
    return finish_waiver(reader, node, into, ids);
  };
  return table;
}

}  // namespace auditor::config
