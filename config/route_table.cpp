#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/pattern.h"
#include "base/text.h"
#include "config/alerting_table.h"
#include "config/scalars.h"
#include "model/matcher.h"
#include "model/verdict.h"

namespace auditor::config {

namespace {

using base::Result;
using model::Matcher;
using model::Route;

constexpr double second = 1'000;
constexpr double minute = 60 * second;
constexpr double day = 24 * 60 * minute;

constexpr std::array<std::string_view, 5> severities{"info", "low", "medium", "high", "critical"};

/// A severity that there is not matches nothing, and nobody would notice.
Result<void> check_severity(const Reader& reader, const Node& node, const Matcher& matcher) {
  const bool literal =
      matcher.kind == Matcher::Kind::equal || matcher.kind == Matcher::Kind::not_equal;
  if (matcher.label != "severity" || !literal || model::parse_severity(matcher.value)) {
    return {};
  }
  const std::string_view near = base::nearest(matcher.value, severities);
  return reader.error(
      node, fmt::format("there is no severity \"{}\"; {}", base::printable(matcher.value),
                        near.empty() ? fmt::format("known: {}", fmt::join(severities, ", "))
                                     : fmt::format("did you mean \"{}\"?", near)));
}

Result<void> read_group_by(const Reader& reader, const Setting& setting, const Node& node,
                           Route& into) {
  if (auto read = read_value(reader, setting, node, into.group_by); !read) {
    return read;
  }
  if (node.kind == Node::Kind::null) {
    into.group_by.clear();
  }
  const bool alone = std::ranges::find(into.group_by, "...") != into.group_by.end();
  if (alone && into.group_by.size() > 1) {
    return reader.error(node,
                        "group_by: \"...\" is each alert for itself; no label may stand beside it");
  }
  for (std::size_t i = 0; i < into.group_by.size() && !alone; ++i) {
    const std::string& label = into.group_by[i];
    if (!model::parse_matcher(fmt::format("{}=\"\"", label))) {
      return reader.error(node.items[i],
                          fmt::format("group_by: \"{}\" is no label's name (letters, digits and "
                                      "_); \"...\" is each alert for itself",
                                      base::printable(label)));
    }
  }
  return {};
}

/// What a route has from the one above.
Route below(const Route& above) {
  Route route = above;
  route.matchers.clear();
  route.routes.clear();
  route.continues = false;
  return route;
}

Result<void> read_routes(const Reader& reader, const Setting& setting, const Node& node,
                         Route& into) {
  if (node.kind == Node::Kind::null) {
    return {};
  }
  if (node.kind != Node::Kind::sequence) {
    return reader.wrong(setting, node);
  }
  into.routes.reserve(node.items.size());
  for (const Node& item : node.items) {
    if (item.kind == Node::Kind::null) {
      return reader.error(item, "an item of routes is empty");
    }
    Route route = below(into);
    if (auto read = read_table(reader, route_table(), "an item of routes", "setting", item, route);
        !read) {
      return read;
    }
    into.routes.push_back(std::move(route));
  }
  return {};
}

void warn_of_repeats(const Reader& reader, const Node& node, const Route& route) {
  if (route.repeat_interval < route.group_interval && reader.warnings != nullptr) {
    const Node* repeat = node.find("repeat_interval");
    reader.warnings->push_back(fmt::format(
        "{}: repeat_interval {} is shorter than group_interval {}, which is how often a "
        "group is told at most",
        reader.place(repeat == nullptr ? node : *repeat), duration_text(route.repeat_interval),
        duration_text(route.group_interval)));
  }
}

Table<Route> make_route_table() {
  Table<Route> table;
  add_value(table,
            {.name = "receiver",
             .help = "The name of the receiver; that of the route above where left out.",
             .example = "on-call"},
            &Route::receiver);
  add_matchers(
      table,
      {.name = "matchers",
       .help = "Which alerts it takes, as Alertmanager writes it: label=\"value\", != , =~ "
               "and !~ with an expression that must match the whole value. All must "
               "match. Labels: cluster, job, check, practice, severity, vertex, operator, "
               "task_manager, alertname, and those of the cluster. Not for the first "
               "route, which takes all.",
       .example = R"(['severity=~"high|critical"', 'team="payments"'])"},
      &Route::matchers);
  table.add(
      {.name = "group_by",
       .help = "Alerts with the same values of these labels are told in one message. [...] is "
               "each alert for itself, [] all in one.",
       .kind = Kind::texts,
       .otherwise = value_text(Route{}.group_by)},
      {.read = read_group_by});
  add_value(table,
            {.name = "group_wait",
             .help = "How long the first message of a group waits for more alerts.",
             .kind = Kind::duration,
             .minimum = 0,
             .maximum = 60 * minute},
            &Route::group_wait);
  add_value(table,
            {.name = "group_interval",
             .help = "How long the next message with news of a group waits at least, however often "
                     "its alerts change.",
             .kind = Kind::duration,
             .minimum = second,
             .maximum = day},
            &Route::group_interval);
  add_value(table,
            {.name = "repeat_interval",
             .help = "After what time without news what still fires is told again.",
             .kind = Kind::duration,
             .minimum = minute,
             .maximum = 30 * day},
            &Route::repeat_interval);
  add_value(table,
            {.name = "continue",
             .help = "true: an alert that it takes is offered to the routes after it, too.",
             .kind = Kind::boolean},
            &Route::continues);
  table.add({.name = "routes",
             .help = "Routes below it, each with all of these settings; what one leaves out it has "
                     "from above. The first that matches takes the alert, the deepest is told.",
             .kind = Kind::sections,
             .definition = "route"},
            {.read = read_routes});
  table.finish = [](const Reader& reader, const Node& node, Route& into) -> Result<void> {
    warn_of_repeats(reader, node, into);
    return {};
  };
  return table;
}

}  // namespace

const Table<Route>& route_table() {
  static const Table<Route> table = make_route_table();
  return table;
}

Result<void> read_matchers(const Reader& reader, const Setting& setting, const Node& node,
                           std::vector<Matcher>& into) {
  std::vector<std::string> texts;
  if (auto read = read_value(reader, setting, node, texts); !read) {
    return read;
  }
  if (setting.required && texts.empty() && !node.pruned) {
    return reader.error(node, fmt::format("{} is empty: name at least one matcher", setting.name));
  }
  into.clear();
  into.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Node& item = node.items[i];
    auto matcher = model::parse_matcher(texts[i]);
    if (!matcher) {
      return reader.error(item, fmt::format("{}: {}", setting.name, matcher.error().message));
    }
    if (auto known = check_severity(reader, item, *matcher); !known) {
      return known;
    }
    const bool expression =
        matcher->kind == Matcher::Kind::matches || matcher->kind == Matcher::Kind::not_matches;
    if (expression) {
      if (const auto compiled = base::Pattern::compile(matcher->value); !compiled) {
        return reader.error(item, fmt::format("{}: {}", setting.name, compiled.error().message));
      }
    }
    into.push_back(std::move(*matcher));
  }
  return {};
}

}  // namespace auditor::config
