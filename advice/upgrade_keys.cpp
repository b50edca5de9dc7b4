#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advice/upgrade.h"
#include "base/text.h"
#include "checks/upgrade/gone_keys.h"
#include "model/secrets.h"

namespace auditor::advice {

namespace {

using model::Configuration;
using model::ConfigurationEntry;

/// What becomes of one entry.
struct Conversion {
  std::vector<std::string> keys;  ///< none: it is left out
  std::string value;
  std::optional<UpgradeItem> item;
  std::string comment;
};

/// What the conversion of an entry needs.
struct Setting {
  const Configuration* configuration;
  const ConfigurationEntry* entry;
  Release from;
  Release to;
  model::Evidence evidence;
};

std::vector<std::string> owned(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

/// Where the release that runs reads all the new names already, it can be done before.
Step step_of(const std::vector<std::string>& names, const Setting& setting) {
  const bool now = !names.empty() && std::ranges::all_of(names, [&](const std::string& name) {
    return standing_of(name, setting.from).standing == Standing::current;
  });
  return now ? Step::before : Step::with;
}

UpgradeItem item_of(std::string kind, const Setting& setting) {
  UpgradeItem item;
  item.kind = std::move(kind);
  item.key = setting.entry->key;
  item.evidence.push_back(setting.evidence);
  return item;
}

Conversion renamed(std::string kind, std::vector<std::string> names, std::string value,
                   std::string message, Effect effect, const Setting& setting) {
  UpgradeItem item = item_of(std::move(kind), setting);
  item.effect = effect;
  item.step = effect == Effect::works ? Step::after : step_of(names, setting);
  item.message = std::move(message);
  item.action = fmt::format("Set {} to {} instead{}.", fmt::join(names, " and "), value,
                            item.step == Step::before
                                ? fmt::format("; Flink {} reads {} already", setting.from.text(),
                                              names.size() == 1 ? "it" : "them")
                                : "");
  item.new_keys = names;
  item.new_value = value;
  const std::string comment = fmt::format("was {}: {}", setting.entry->key, setting.entry->value);
  return {std::move(names), std::move(value), std::move(item), comment};
}

/// A key that the release to come does not read, under no name.
Conversion unread(const Setting& setting) {
  const std::string& key = setting.entry->key;
  const bool read_now = standing_of(key, setting.from).standing != Standing::unread;
  if (!read_now) {
    UpgradeItem item = item_of("key-unread-already", setting);
    item.step = Step::before;
    item.message = fmt::format("Flink {} does not read {} either.", setting.from.text(), key);
    item.action = "Remove it.";
    return {{}, setting.entry->value, std::move(item), "not read by this release either"};
  }
  const std::string message = fmt::format(
      "Flink {} does not read {}: it would be ignored without a word.", setting.to.text(), key);
  const auto all = checks::keys_gone_in_2();
  const auto gone = std::ranges::find(all, key, &checks::GoneKey::name);
  if (gone != all.end() && !gone->successor.empty() &&
      standing_of(gone->successor, setting.to).standing != Standing::unread) {
    if (gone->other_form) {
      UpgradeItem item = item_of("key-unread", setting);
      item.effect = Effect::breaks;
      item.step = Step::with;
      item.message = message;
      item.action =
          fmt::format("Set {} in its place; it takes another kind of value.", gone->successor);
      item.new_keys = {std::string(gone->successor)};
      return {{},
              setting.entry->value,
              std::move(item),
              fmt::format("set {}, which takes another kind of value", gone->successor)};
    }
    const bool off = !gone->value.empty() && base::to_lower(setting.entry->value) != "true";
    if (!off) {
      return renamed("key-unread", {std::string(gone->successor)},
                     gone->value.empty() ? setting.entry->value : std::string(gone->value), message,
                     Effect::breaks, setting);
    }
    UpgradeItem item = item_of("key-unread", setting);
    item.step = Step::with;
    item.message = fmt::format("Flink {} does not read {}, which is off: nothing is lost.",
                               setting.to.text(), key);
    item.action = "Remove it.";
    return {{}, setting.entry->value, std::move(item), "not read; it was off"};
  }
  if (key == "security.ssl.enabled") {
    return renamed("key-unread", {"security.ssl.internal.enabled", "security.ssl.rest.enabled"},
                   setting.entry->value, message + " Then TLS is off.", Effect::breaks, setting);
  }
  UpgradeItem item = item_of("key-unread", setting);
  item.effect = Effect::breaks;
  item.step = Step::with;
  item.message = message;
  item.action =
      "Remove it, once you know that you can do without; no option that takes its place "
      "is known.";
  return {{},
          setting.entry->value,
          std::move(item),
          fmt::format("not read by Flink {}, and no option that takes its place is known",
                      setting.to.text())};
}

Conversion by_name(const Setting& setting) {
  const std::string& key = setting.entry->key;
  const OptionStanding standing = standing_of(key, setting.to);
  switch (standing.standing) {
    case Standing::unread:
      return unread(setting);
    case Standing::old_name:
      return renamed("key-renamed", owned(standing.names), setting.entry->value,
                     fmt::format("Flink {} reads {} as an older name.", setting.to.text(), key),
                     Effect::works, setting);
    case Standing::deprecated:
      if (!standing.names.empty()) {
        return renamed(
            "key-renamed", owned(standing.names), setting.entry->value,
            fmt::format("Flink {} reads {}, which is deprecated.", setting.to.text(), key),
            Effect::works, setting);
      } else {
        UpgradeItem item = item_of("key-deprecated", setting);
        item.step = Step::after;
        item.message =
            fmt::format("Flink {} reads {}, which is deprecated.", setting.to.text(), key);
        item.action = "Look in its documentation for what is to take its place.";
        return {{key}, setting.entry->value, std::move(item), "deprecated"};
      }
    case Standing::unlisted:
    case Standing::uncertain:
    case Standing::current:
      break;
  }
  return {{key}, setting.entry->value, std::nullopt, {}};
}

// Values that a release no longer takes.

constexpr Release two{2, 0};

/// The class names of state backends' factories that Flink 2 has no more (those of RocksDB are in
/// another package there), and the name that does the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> backends{{
    {"filesystem", "hashmap"},
    {"jobmanager", "hashmap"},
    {"org.apache.flink.runtime.state.filesystem.FsStateBackendFactory", "hashmap"},
    {"org.apache.flink.runtime.state.memory.MemoryStateBackendFactory", "hashmap"},
    {"org.apache.flink.contrib.streaming.state.RocksDBStateBackendFactory", "rocksdb"},
    {"org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackendFactory", "rocksdb"},
}};

std::optional<Conversion> convert_backend(const Setting& setting) {
  const bool is_backend =
      setting.entry->key == "state.backend" || setting.entry->key == "state.backend.type";
  const auto legacy = std::ranges::find_if(backends, [&](const auto& row) {
    return row.first == setting.entry->value || (row.first == base::to_lower(setting.entry->value));
  });
  if (!is_backend || setting.to < two || legacy == backends.end()) {
    return std::nullopt;
  }
  const std::string name(model::keys::state_backend.name_in(setting.to.version()));
  Conversion conversion = renamed(
      "state-backend-value", {name}, std::string(legacy->second),
      fmt::format("Flink {} has no state backend of the name {}: jobs that choose none themselves "
                  "would not start.",
                  setting.to.text(), setting.entry->value),
      Effect::breaks, setting);
  conversion.item->action +=
      " It is the same kind of backend, which reads the savepoints of the old one.";
  if (legacy->first == "jobmanager" || legacy->first.ends_with("MemoryStateBackendFactory")) {
    conversion.item->action +=
        " It kept checkpoints on the JobManager's heap, where they are lost with it: set a "
        "checkpoint directory too.";
  }
  return conversion;
}

std::optional<Conversion> convert_target(const Setting& setting) {
  if (setting.entry->key != model::keys::execution_target.names[0].name || setting.to < two ||
      setting.entry->value != "yarn-per-job") {
    return std::nullopt;
  }
  Conversion conversion = renamed("per-job-mode", {"execution.target"}, "yarn-application",
                                  fmt::format("Flink {} has no per-job mode.", setting.to.text()),
                                  Effect::breaks, setting);
  conversion.item->action += " Each job then runs its main method on the cluster.";
  return conversion;
}

/// Reporters that Flink brings: since 1.17 each is named by its factory.
constexpr std::array<std::string_view, 8> reporters{
    "org.apache.flink.metrics.datadog.DatadogHttpReporter",
    "org.apache.flink.metrics.graphite.GraphiteReporter",
    "org.apache.flink.metrics.influxdb.InfluxdbReporter",
    "org.apache.flink.metrics.jmx.JMXReporter",
    "org.apache.flink.metrics.prometheus.PrometheusPushGatewayReporter",
    "org.apache.flink.metrics.prometheus.PrometheusReporter",
    "org.apache.flink.metrics.slf4j.Slf4jReporter",
    "org.apache.flink.metrics.statsd.StatsDReporter",
};

constexpr std::string_view reporter_prefix = "metrics.reporter.";

/// "metrics.reporter.prom" of "metrics.reporter.prom.class"; empty for another key.
std::string_view reporter_of(std::string_view key, std::string_view option) {
  return key.starts_with(reporter_prefix) && key.ends_with(option) &&
                 key.size() > reporter_prefix.size() + option.size()
             ? key.substr(0, key.size() - option.size())
             : std::string_view();
}

std::optional<Conversion> convert_reporter_class(const Setting& setting) {
  constexpr Release factories_alone{1, 17};
  const std::string_view reporter = reporter_of(setting.entry->key, ".class");
  if (reporter.empty() || reporter.ends_with(".factory") || setting.to < factories_alone ||
      setting.from >= factories_alone) {
    return std::nullopt;
  }
  const std::string factory = fmt::format("{}.factory.class", reporter);
  const std::string message = fmt::format(
      "Flink {} starts metric reporters by their factory alone: this one would be gone.",
      setting.to.text());
  if (setting.configuration->find(factory) != nullptr) {
    UpgradeItem item = item_of("metric-reporter-class", setting);
    item.step = Step::after;
    item.message = fmt::format("Flink {} does not read {}: {} takes its place.", setting.to.text(),
                               setting.entry->key, factory);
    item.action = "Remove it.";
    return Conversion{{}, setting.entry->value, std::move(item), "its factory is set"};
  }
  if (std::ranges::find(reporters, setting.entry->value) != reporters.end()) {
    Conversion conversion =
        renamed("metric-reporter-class", {factory}, setting.entry->value + "Factory", message,
                Effect::breaks, setting);
    conversion.item->step = Step::before;
    return conversion;
  }
  UpgradeItem item = item_of("metric-reporter-class", setting);
  item.effect = Effect::breaks;
  item.step = Step::with;
  item.message = message;
  item.action = fmt::format(
      "Give {} the MetricReporterFactory of a version of the reporter that "
      "has one.",
      factory);
  return Conversion{
      {}, setting.entry->value, std::move(item), fmt::format("set {} instead", factory)};
}

std::optional<Conversion> convert_push_gateway(const Setting& setting) {
  const std::string_view reporter = reporter_of(setting.entry->key, ".host");
  if (reporter.empty() || setting.to < two) {
    return std::nullopt;
  }
  const auto value = [&](std::string_view option) {
    const auto* entry = setting.configuration->find(fmt::format("{}.{}", reporter, option));
    return entry == nullptr ? std::string() : entry->value;
  };
  const bool gateway = value("factory.class").ends_with("PrometheusPushGatewayReporterFactory") ||
                       value("class").ends_with("PrometheusPushGatewayReporter");
  if (!gateway || !value("hostUrl").empty()) {
    return std::nullopt;
  }
  return renamed("push-gateway-address", {fmt::format("{}.hostUrl", reporter)},
                 fmt::format("http://{}:{}", setting.entry->value, value("port")),
                 fmt::format("Flink {}'s reporter to a Prometheus push gateway reads hostUrl, no "
                             "host and port.",
                             setting.to.text()),
                 Effect::breaks, setting);
}

Conversion convert(const Setting& setting) {
  for (const auto& by_value :
       {convert_backend, convert_target, convert_reporter_class, convert_push_gateway}) {
    if (auto conversion = by_value(setting)) {
      return std::move(*conversion);
    }
  }
  return by_name(setting);
}

/// What Flink itself writes into its configuration, of no use in another process.
bool is_internal(const ConfigurationEntry& entry) {
  return entry.key.starts_with("$internal.") || entry.key.starts_with("internal.") ||
         (entry.key == "web.tmpdir" && entry.value.find("/flink-web-") != std::string::npos);
}

/// A port that Flink chose when it started, and wrote there: another process must not ask for it.
bool is_chosen_port(const ConfigurationEntry& entry) {
  constexpr int first_ephemeral = 32'768;  // of Linux
  int port = 0;
  const char* const end = entry.value.data() + entry.value.size();
  const auto [stop, wrong] = std::from_chars(entry.value.data(), end, port);
  return entry.key == "blob.server.port" && wrong == std::errc{} && stop == end &&
         port >= first_ephemeral;
}

}  // namespace

void plan_keys(const model::Snapshot& snapshot, const Release& from, UpgradePlan& plan) {
  const Configuration& configuration = *snapshot.configuration.value;
  std::map<std::string, std::size_t> written;  // key → its index in `plan.configuration`
  for (const ConfigurationEntry& entry : configuration.entries()) {
    if (is_internal(entry)) {
      continue;
    }
    // Lists what is secret though Flink shows it, too.
    const ConfigurationEntry shown{base::printable(entry.key),
                                   base::printable(model::masked(entry.key, entry.value)),
                                   entry.index};
    const Setting setting{&configuration,
                          &shown,
                          from,
                          plan.to,
                          {shown.key, shown.value, "", "",
                           model::EvidenceSource{snapshot.configuration.source,
                                                 fmt::format("/{}/value", entry.index)},
                           snapshot.configuration.observed_at}};
    if (is_chosen_port(shown)) {
      plan.configuration.push_back(
          {shown.key, shown.value, "most likely a port that Flink chose when it started", true});
      continue;
    }
    Conversion conversion = convert(setting);
    if (shown.masked()) {
      plan.masked.push_back(shown.key);
    }
    if (!conversion.item) {
      ++plan.keys_kept;
      if (standing_of(shown.key, plan.to).standing == Standing::unlisted) {
        plan.unlisted.push_back(shown.key);
      }
    } else {
      plan.items.push_back(std::move(*conversion.item));
    }
    if (conversion.keys.empty()) {
      plan.configuration.push_back({shown.key, conversion.value, conversion.comment, true});
    }
    for (const std::string& key : conversion.keys) {
      ConfigurationLine line{key, conversion.value, conversion.comment, false};
      // The newer name wins, as in Flink.
      if (const auto twin = written.find(key); twin == written.end()) {
        written.emplace(key, plan.configuration.size());
        plan.configuration.push_back(std::move(line));
      } else if (key == shown.key) {
        plan.configuration[twin->second] = std::move(line);
      }
    }
  }
}

}  // namespace auditor::advice
