#include "config/alerting_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "config/scalars.h"

namespace auditor::config {

namespace {

using base::Result;
using model::AlertingSettings;
using model::DigestSettings;
using model::HeartbeatSettings;
using model::Inhibition;
using model::MaintenanceWindow;
using model::ReceiverKind;
using model::ReceiverSettings;
using model::Route;
using std::chrono::minutes;

constexpr double second = 1'000;
constexpr double minute = 60 * second;
constexpr double day = 24 * 60 * minute;

constexpr std::array<std::string_view, 7> day_names{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};

// What is shown in place of the rows, which alone would make no sense.
constexpr std::string_view receivers_sample = R"(receivers:
  - name: on-call
    kind: pagerduty
    key_file: secrets/pagerduty
  - name: team
    kind: slack
    url_file: secrets/slack-webhook)";

constexpr std::string_view route_sample = R"(route:
  receiver: team
  group_by: [cluster, check]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  routes:
    - matchers: ['severity=~"high|critical"']
      receiver: on-call)";

std::string clock_text(minutes time) {
  return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60);
}

template <class T>
void add_days(Table<T>& table, std::string_view help,
              std::vector<std::chrono::weekday> T::* member) {
  table.add({.name = "days",
             .help = std::string(help),
             .example = "[monday, friday]",
             .kind = Kind::texts},
            {.read = [member](const Reader& reader, const Setting& row, const Node& node, T& into) {
              return read_days(reader, row, node, into.*member);
            }});
}

template <class T>
void add_clock(Table<T>& table, std::string_view name, std::string_view help, minutes T::* member) {
  table.add(
      {.name = std::string(name), .help = std::string(help), .otherwise = clock_text(T{}.*member)},
      {.read = [member](const Reader& reader, const Setting& row, const Node& node, T& into) {
        return read_clock(reader, row, node, into.*member);
      }});
}

Result<void> finish_names(const Reader& reader, const Node& list,
                          std::vector<ReceiverSettings>& receivers) {
  std::map<std::string, std::size_t, std::less<>> names;
  for (std::size_t i = 0; i < receivers.size(); ++i) {
    const auto [first, fresh] = names.try_emplace(receivers[i].name, i);
    const auto place = [&list](std::size_t at) -> const Node& {
      const Node* name = list.items[at].find("name");
      return name == nullptr ? list.items[at] : *name;
    };
    if (!fresh) {
      return reader.error(place(i), fmt::format("a receiver named \"{}\" is there already, at {}",
                                                base::printable(receivers[i].name),
                                                reader.place(place(first->second))));
    }
  }
  return {};
}

Result<void> read_route(const Reader& reader, const Setting& setting, const Node& node,
                        AlertingSettings& into) {
  if (node.kind == Node::Kind::null) {
    return {};
  }
  Route route;
  if (auto read = read_table(reader, route_table(), setting.name, setting.noun, node, route);
      !read) {
    return read;
  }
  if (const Node* matchers = node.find("matchers");
      matchers != nullptr && !route.matchers.empty()) {
    return reader.error(*matchers,
                        "the first route takes every alert: put matchers into one of its routes");
  }
  if (!node.has("receiver") && !node.pruned) {
    return reader.error(node, "route lacks receiver: the first route takes what no other does");
  }
  into.route = std::move(route);
  return {};
}

Result<void> read_external_url(const Reader& reader, const Setting& setting, const Node& node,
                               AlertingSettings& into) {
  std::string text;
  Setting as_text = setting;
  as_text.kind = Kind::text;
  if (auto read = read_value(reader, as_text, node, text); !read) {
    return reader.wrong(setting, node);
  }
  auto url = read_url(reader, node, "the page's address", text);
  if (!url) {
    return tl::unexpected(url.error());
  }
  into.external_url = std::move(*url);
  return {};
}

/// What names receivers, and where it stands.
class References {
 public:
  References(const Reader& reader, const AlertingSettings& settings) : reader_(&reader) {
    names_.reserve(settings.receivers.size());
    for (const ReceiverSettings& receiver : settings.receivers) {
      names_.push_back(receiver.name);
      kinds_[receiver.name] = receiver.kind;
    }
  }

  Result<ReceiverKind> find(const Node& node) {
    const auto found = kinds_.find(node.scalar);
    if (found == kinds_.end()) {
      return reader_->unknown(node, "receiver", names_);
    }
    used_.insert(found->first);
    return found->second;
  }

  Result<void> route(const Node& node) {
    if (const Node* receiver = node.find("receiver");
        receiver != nullptr && receiver->kind == Node::Kind::scalar) {
      if (const auto found = find(*receiver); !found) {
        return tl::unexpected(found.error());
      }
    }
    if (const Node* routes = node.find("routes")) {
      for (const Node& item : routes->items) {
        if (auto known = route(item); !known) {
          return known;
        }
      }
    }
    return {};
  }

  /// A list of receivers, of which some kinds are not told such a thing.
  Result<void> list(const Node* node, std::string_view what, std::span<const ReceiverKind> never) {
    if (node == nullptr) {
      return {};
    }
    for (const Node& item : node->items) {
      const auto kind = find(item);
      if (!kind) {
        return tl::unexpected(kind.error());
      }
      if (std::ranges::find(never, *kind) != never.end()) {
        return reader_->error(item, fmt::format("{} is a receiver that wakes people or tracks "
                                                "alerts: it is not told of {}",
                                                base::printable(item.scalar), what));
      }
    }
    return {};
  }

  [[nodiscard]] bool used(const std::string& name) const { return used_.contains(name); }

 private:
  const Reader* reader_;
  std::vector<std::string_view> names_;
  std::map<std::string, ReceiverKind, std::less<>> kinds_;
  std::set<std::string, std::less<>> used_;
};

Result<void> finish_alerting(const Reader& reader, const Node& node, AlertingSettings& into) {
  using enum ReceiverKind;
  constexpr std::array<ReceiverKind, 4> no_digests{pagerduty, opsgenie, oncall, alertmanager};
  constexpr std::array<ReceiverKind, 3> no_deployments{opsgenie, oncall, alertmanager};
  References references(reader, into);
  const Node* route = node.find("route");
  const Node* digest = node.find("digest");
  auto known = route == nullptr ? Result<void>{} : references.route(*route);
  if (known && digest != nullptr) {
    known = references.list(digest->find("receivers"), "digests", no_digests);
  }
  if (known) {
    known = references.list(node.find("deployment_receivers"), "deployments", no_deployments);
  }
  const Node* receivers = node.find("receivers");
  if (!known || receivers == nullptr || reader.warnings == nullptr) {
    return known;
  }
  for (std::size_t i = 0; i < into.receivers.size() && i < receivers->items.size(); ++i) {
    if (!references.used(into.receivers[i].name)) {
      reader.warnings->push_back(fmt::format(
          "{}: the receiver {} is told nothing: no route, digest or deployment names it",
          reader.place(receivers->items[i]), base::printable(into.receivers[i].name)));
    }
  }
  return {};
}

Table<Inhibition> inhibition_table() {
  Table<Inhibition> table;
  add_matchers(table,
               {.name = "source",
                .help = "While an alert fires that these match …",
                .example = R"(['check="taskmanager-lost"'])",
                .required = true},
               &Inhibition::source);
  add_matchers(table,
               {.name = "target",
                .help = "… those are not told that these match.",
                .example = R"(['check="restart-loop"'])",
                .required = true},
               &Inhibition::target);
  add_value(table,
            {.name = "equal",
             .help = "Labels in which both must have the same value.",
             .example = "[cluster]",
             .kind = Kind::texts},
            &Inhibition::equal);
  return table;
}

Table<MaintenanceWindow> maintenance_table() {
  Table<MaintenanceWindow> table;
  add_value(table,
            {.name = "name",
             .help = "What it is for; shown with the alerts that it holds back.",
             .example = "nightly restart",
             .required = true},
            &MaintenanceWindow::name);
  add_matchers(table,
               {.name = "matchers",
                .help = "Which alerts, as in a route; left out: all.",
                .example = R"(['cluster="batch"'])"},
               &MaintenanceWindow::matchers);
  add_days(table, "On which days it begins; left out: each.", &MaintenanceWindow::days);
  add_clock(table, "from", "When it begins, hours and minutes, UTC.", &MaintenanceWindow::from);
  add_value(table,
            {.name = "lasts",
             .help = "How long it lasts.",
             .kind = Kind::duration,
             .minimum = minute,
             .maximum = 7 * day},
            &MaintenanceWindow::lasts);
  return table;
}

Table<DigestSettings> digest_table() {
  Table<DigestSettings> table;
  add_value(table,
            {.name = "receivers",
             .help = "Who gets it; left out: nobody.",
             .example = "[team]",
             .kind = Kind::texts},
            &DigestSettings::receivers);
  add_days(table, "On which days; left out: each.", &DigestSettings::days);
  add_clock(table, "at", "When, hours and minutes, UTC.", &DigestSettings::at);
  return table;
}

Table<HeartbeatSettings> heartbeat_table() {
  Table<HeartbeatSettings> table;
  add_secret(table,
             {.name = "url",
              .help = "What is asked for while all is well; a secret, so only from url_file or "
                      "${VAR}.",
              .example = "${HEARTBEAT_URL}"},
             &HeartbeatSettings::url);
  add_value(table,
            {.name = "every",
             .help = "How often.",
             .kind = Kind::duration,
             .minimum = 10 * second,
             .maximum = 60 * minute},
            &HeartbeatSettings::every);
  table.finish = [](const Reader& reader, const Node& node,
                    HeartbeatSettings& into) -> Result<void> {
    if (auto written = refuse_written_secret(reader, node, "url"); !written) {
      return written;
    }
    if (!into.url.empty() && !into.url.starts_with("https://") &&
        !into.url.starts_with("http://")) {
      return reader.error(*node.find(node.has("url") ? "url" : "url_file"),
                          "url: it must begin with https:// or http://");
    }
    return {};
  };
  return table;
}

void add_times(Table<AlertingSettings>& table) {
  add_value(
      table,
      {.name = "startup_mute",
       .help = "How long after a deployment a job's own alerts are held back: what is over by "
               "then is not told.",
       .kind = Kind::duration,
       .minimum = 0,
       .maximum = day},
      &AlertingSettings::startup_mute);
  add_value(table,
            {.name = "retry_for",
             .help = "How long a message that a receiver does not take is tried again, ever less "
                     "often; then it is listed as dead.",
             .kind = Kind::duration,
             .minimum = minute,
             .maximum = 30 * day},
            &AlertingSettings::retry_for);
}

}  // namespace

Result<void> read_days(const Reader& reader, const Setting& setting, const Node& node,
                       std::vector<std::chrono::weekday>& into) {
  constexpr std::size_t short_length = 3;
  std::vector<std::string> texts;
  if (auto read = read_value(reader, setting, node, texts); !read) {
    return read;
  }
  into.clear();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string name = base::to_lower(texts[i]);
    const auto found = std::ranges::find_if(day_names, [&name](std::string_view one) {
      return name == one || name == one.substr(0, short_length);
    });
    if (found == day_names.end()) {
      return reader.unknown(node.items[i], "day", day_names);
    }
    into.emplace_back(static_cast<unsigned>(found - day_names.begin()));
  }
  return {};
}

Result<void> read_clock(const Reader& reader, const Setting& setting, const Node& node,
                        minutes& into) {
  constexpr int hours_of_day = 24;
  constexpr int minutes_of_hour = 60;
  const std::string_view text = base::trim(node.scalar);
  int hour = -1;
  int past = -1;
  const std::size_t colon = text.find(':');
  if (node.kind == Node::Kind::scalar && colon != std::string_view::npos && colon <= 2 &&
      text.size() == colon + 3) {
    const char* begin = text.data();
    const char* end = begin + text.size();
    const auto one = std::from_chars(begin, begin + colon, hour);
    const auto two = std::from_chars(begin + colon + 1, end, past);
    if (one.ptr != begin + colon || two.ptr != end) {
      hour = -1;
    }
  }
  if (hour < 0 || hour >= hours_of_day || past < 0 || past >= minutes_of_hour) {
    return reader.error(node, fmt::format("{} must be hours and minutes, such as 08:30, not \"{}\"",
                                          setting.name, shown(node)));
  }
  into = std::chrono::hours(hour) + minutes(past);
  return {};
}

Table<AlertingSettings> alerting_table() {
  Table<AlertingSettings> table;
  table.add({.name = "external_url",
             .help = "Where people reach the page: for links in messages.",
             .example = "https://auditor.example.com",
             .kind = Kind::url},
            {.read = read_external_url});
  add_sections(
      table,
      {.name = "receivers",
       .help = "Who can be told. Secrets come from files or from ${VAR}.",
       .sample = std::string(receivers_sample)},
      &AlertingSettings::receivers, receiver_table(),
      [](const AlertingSettings&) { return ReceiverSettings{}; }, finish_names);
  table.add({.name = "route",
             .help = "Who is told of what: a tree, as Alertmanager's. Without it nobody is told.",
             .kind = Kind::section,
             .rows = route_table().settings,
             .definition = "route",
             .sample = std::string(route_sample)},
            {.read = read_route});
  add_sections(table,
               {.name = "inhibitions",
                .help = "Alerts that others hold back, beside those that the program knows."},
               &AlertingSettings::inhibitions, inhibition_table(),
               [](const AlertingSettings&) { return Inhibition{}; });
  add_value(
      table,
      {.name = "default_inhibitions",
       .help = "false: without those that the program knows, such as a cluster that cannot be "
               "reached and the alerts of its jobs.",
       .kind = Kind::boolean},
      &AlertingSettings::default_inhibitions);
  add_sections(table,
               {.name = "maintenance",
                .help = "Times that come again in which alerts are held back. For one time there "
                        "are silences, by the page or the API."},
               &AlertingSettings::maintenance, maintenance_table(),
               [](const AlertingSettings&) { return MaintenanceWindow{}; });
  add_section(table,
              {.name = "digest",
               .help = "What is told of posture, how jobs are set up: a summary, never an alert."},
              &AlertingSettings::digest, digest_table());
  add_section(table,
              {.name = "heartbeat",
               .help = "A dead man's switch: a service that tells when it is not asked any more."},
              &AlertingSettings::heartbeat, heartbeat_table());
  add_value(table,
            {.name = "deployment_receivers",
             .help = "Who is told of each deployment.",
             .example = "[team]",
             .kind = Kind::texts},
            &AlertingSettings::deployment_receivers);
  add_times(table);
  table.finish = finish_alerting;
  return table;
}

}  // namespace auditor::config
