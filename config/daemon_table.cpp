#include "config/daemon_table.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "config/alerting_table.h"
#include "config/checks_table.h"
#include "config/cluster_table.h"

namespace auditor::config {

namespace {

using base::Result;
using model::CheckInfo;
using model::ClusterSettings;
using model::DaemonSettings;
using model::FileDiscovery;
using model::HttpDiscovery;
using model::StorageSettings;
using model::WebSettings;

constexpr double second = 1'000;
constexpr double hour = 3'600 * second;
constexpr double day = 24 * hour;

/// The place of a setting of an item, or of the item where it is not given.
const Node& place_of(const Node& item, std::string_view name) {
  const Node* node = item.find(name);
  return node == nullptr ? item : *node;
}

/// Two items that claim the same are an error that names both places.
Result<void> refuse_twice(const Reader& reader, const Node& list, std::size_t index,
                          std::string_view setting, std::string_view what, const std::string& value,
                          std::map<std::string, std::size_t, std::less<>>& seen) {
  const auto [first, fresh] = seen.try_emplace(value, index);
  if (fresh || value.empty()) {
    return {};
  }
  return reader.error(place_of(list.items[index], setting),
                      fmt::format("{} \"{}\" is there already, at {}", what, base::printable(value),
                                  reader.place(place_of(list.items[first->second], setting))));
}

Result<void> finish_clusters(const Reader& reader, const Node& list,
                             std::vector<ClusterSettings>& clusters) {
  std::map<std::string, std::size_t, std::less<>> names;
  std::map<std::string, std::size_t, std::less<>> urls;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    auto once = refuse_twice(reader, list, i, "url", "the cluster", clusters[i].url, urls);
    if (once) {
      once = refuse_twice(reader, list, i, "name", "a cluster named", clusters[i].name, names);
    }
    if (!once) {
      return once;
    }
  }
  return {};
}

Result<void> finish_waivers(const Reader& reader, const Node& list,
                            std::vector<model::Waiver>& waivers) {
  std::map<std::string, std::size_t, std::less<>> ids;
  for (std::size_t i = 0; i < waivers.size(); ++i) {
    const auto [first, fresh] = ids.try_emplace(waivers[i].id, i);
    if (!fresh && !waivers[i].id.empty()) {
      return reader.error(list.items[i],
                          fmt::format("the same check, cluster and job are waived already, at {}",
                                      reader.place(list.items[first->second])));
    }
  }
  return {};
}

Result<void> read_files(const Reader& reader, const Setting& row, const Node& node,
                        FileDiscovery& into) {
  if (node.kind == Node::Kind::null) {
    return reader.wrong(row, node);
  }
  if (auto read = read_value(reader, row, node, into.files); !read) {
    return read;
  }
  for (std::size_t i = 0; i < into.files.size(); ++i) {
    std::string& path = into.files[i];
    const std::size_t wildcard = path.find_first_of("*?");
    if (wildcard != std::string::npos && path.find('/', wildcard) != std::string::npos) {
      return reader.error(node.items[i],
                          "files: * and ? may stand in the last part of a path only");
    }
    path = reader.resolve(path);
  }
  return {};
}

Table<FileDiscovery> file_table() {
  Table<FileDiscovery> table;
  table.add({.name = "files",
             .help = "Files of targets in YAML or JSON, as Prometheus' file_sd reads them; * and ? "
                     "may stand in the last part of a path.",
             .example = "[targets/*.yaml]",
             .kind = Kind::texts,
             .required = true},
            {.read = read_files});
  add_value(table,
            {.name = "refresh_interval",
             .help = "How often the files are read.",
             .kind = Kind::duration,
             .minimum = second,
             .maximum = day},
            &FileDiscovery::refresh_interval);
  add_section(
      table,
      {.name = "cluster", .help = "What the clusters that are found have in place of defaults."},
      &FileDiscovery::cluster, defaults_table(true));
  return table;
}

/// Unlike a cluster's, the URL of a service may have a query, and a slash at its end stays.
Result<void> read_service_url(const Reader& reader, const Setting& row, const Node& node,
                              HttpDiscovery& into) {
  const std::string_view text = base::trim(node.scalar);
  if (node.kind != Node::Kind::scalar || text.empty()) {
    return reader.wrong(row, node);
  }
  const std::size_t query = std::min(text.find('?'), text.size());
  const std::string_view path = text.substr(0, query);
  const std::string_view rest = text.substr(query);
  auto url = read_url(reader, node, "the URL of a service", path);
  if (!url) {
    return tl::unexpected(url.error());
  }
  const bool fits = std::ranges::all_of(rest, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!fits || rest.find('#') != std::string_view::npos) {
    return reader.error(node, "url: a query may hold no space, control character or #; encode it");
  }
  into.url = std::move(*url);
  if (path.ends_with('/')) {
    into.url += '/';
  }
  into.url += rest;
  return {};
}

Table<HttpDiscovery> http_table() {
  Table<HttpDiscovery> table;
  table.add({.name = "url",
             .help = "What to ask: it answers with targets in JSON, as Prometheus' http_sd reads "
                     "them.",
             .example = "https://inventory.example.com/flink",
             .kind = Kind::url,
             .required = true},
            {.read = read_service_url});
  add_section(table,
              {.name = "auth",
               .help = "Credentials for the service; those of the clusters are never sent to it."},
              &HttpDiscovery::access, auth_table(), reset_auth);
  add_section(table, {.name = "tls", .help = "Certificates for the service."},
              &HttpDiscovery::access, tls_table(), reset_tls);
  add_value(table,
            {.name = "refresh_interval",
             .help = "How often the service is asked.",
             .kind = Kind::duration,
             .minimum = second,
             .maximum = day},
            &HttpDiscovery::refresh_interval);
  add_section(table,
              {.name = "cluster",
               .help = "What the clusters that are found have in place of defaults. The service "
                       "says where their credentials go: trust it as you trust them."},
              &HttpDiscovery::cluster, defaults_table(true));
  return table;
}

Table<StorageSettings> storage_table() {
  Table<StorageSettings> retention;
  add_value(retention,
            {.name = "age",
             .help = "How long history is kept.",
             .kind = Kind::duration,
             .minimum = hour,
             .maximum = 3'650 * day},
            &StorageSettings::retention_age);
  add_value(retention,
            {.name = "size",
             .help = "How large the database may grow; beyond it the oldest history goes.",
             .kind = Kind::size,
             .minimum = static_cast<double>(base::mebibytes(16).count),
             .maximum = static_cast<double>(base::gibibytes(16'384).count)},
            &StorageSettings::retention_size);
  Table<StorageSettings> table;
  add_value(table,
            {.name = "path",
             .help = "The database, a file on a local disk. Relative to the folder in which the "
                     "daemon runs, which under systemd is its state folder.",
             .kind = Kind::path,
             .reloadable = false},
            &StorageSettings::path);
  add_section(table, {.name = "retention", .help = "What is kept, by age and by size."}, Itself{},
              std::move(retention));
  return table;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Result<void> finish_web(const Reader& reader, const Node& node, WebSettings& web) {
  // By what is written: the files may not have been read.
  const bool credentials =
      node.has("bearer_token") || node.has("bearer_token_file") || node.has("basic");
  if (web.protect_reads && !credentials) {
    return reader.error(*node.find("protect_reads"),
                        "protect_reads needs bearer_token_file or basic beside it");
  }
  const auto listen = parse_listen(web.listen);
  if (!credentials && listen && !is_loopback(listen->host) && reader.warnings != nullptr) {
    reader.warnings->push_back(fmt::format(
        "{}: web.listen {} is open to other machines, and without bearer_token_file or basic "
        "everyone who reaches it may read everything",
        reader.place(place_of(node, "listen")), web.listen));
  }
  return {};
}

Table<WebSettings> web_table() {
  Table<WebSettings> table;
  add_value(table,
            {.name = "listen",
             .help = "Where the page, the API and the metrics are served, over plain HTTP: before "
                     "other machines put a proxy with TLS. :8484 is every address of this machine.",
             .kind = Kind::address,
             .reloadable = false},
            &WebSettings::listen);
  add_secret(table,
             {.name = "bearer_token",
              .help = "What changes anything (audit now, waive, reload) needs this token, or the "
                      "password of basic; without either only GET works.",
              .example = "${AUDITOR_TOKEN}"},
             &WebSettings::bearer_token);
  add_section(table, {.name = "basic", .help = "HTTP basic authentication."}, Itself{},
              basic_table(&WebSettings::basic_user, &WebSettings::basic_password));
  add_value(table,
            {.name = "protect_reads",
             .help = "true: reading, too, needs the token or the password; /-/healthy and "
                     "/-/ready stay open.",
             .kind = Kind::boolean},
            &WebSettings::protect_reads);
  add_value(table,
            {.name = "allowed_hosts",
             .help = "Names under which browsers may reach it, beside localhost and the host of "
                     "listen: against DNS rebinding.",
             .example = "[auditor.example.com]",
             .kind = Kind::texts},
            &WebSettings::allowed_hosts);
  add_value(table,
            {.name = "threads",
             .help = "Requests that are served at one time.",
             .kind = Kind::count,
             .minimum = 1,
             .maximum = 256,
             .reloadable = false},
            &WebSettings::threads);
  table.finish = finish_web;
  return table;
}

Table<model::LogSettings> log_table() {
  Table<model::LogSettings> table;
  add_choice(table, {.name = "format", .help = "How the lines on stderr are written."},
             &model::LogSettings::format,
             {{"logfmt", model::LogFormat::logfmt}, {"json", model::LogFormat::json}});
  add_choice(table, {.name = "level", .help = "What is logged: this and all that is worse."},
             &model::LogSettings::level,
             {{"error", model::LogLevel::error},
              {"warn", model::LogLevel::warning},
              {"info", model::LogLevel::info},
              {"debug", model::LogLevel::debug}});
  return table;
}

void add_discovery(Table<DaemonSettings>& table) {
  add_sections(
      table,
      {.name = "file_sd", .help = "Clusters that stand in files, which may change at any time."},
      &DaemonSettings::file_discovery, file_table(), [](const DaemonSettings& daemon) {
        FileDiscovery one;
        one.cluster = daemon.defaults;
        return one;
      });
  add_sections(table, {.name = "http_sd", .help = "Clusters that a service names."},
               &DaemonSettings::http_discovery, http_table(), [](const DaemonSettings& daemon) {
                 HttpDiscovery one;
                 one.cluster = daemon.defaults;
                 return one;
               });
}

}  // namespace

Table<DaemonSettings> daemon_table(std::span<const CheckInfo* const> checks) {
  Table<DaemonSettings> table;
  add_section(table,
              {.name = "defaults",
               .help = "What each cluster has unless it says otherwise, discovered ones included."},
              &DaemonSettings::defaults, defaults_table(false));
  add_sections(
      table, {.name = "clusters", .help = "The clusters to watch."}, &DaemonSettings::clusters,
      cluster_table(), [](const DaemonSettings& daemon) { return daemon.defaults; },
      finish_clusters);
  add_discovery(table);
  add_value(table,
            {.name = "requests_in_flight",
             .help = "Requests at one time to all clusters together.",
             .kind = Kind::count,
             .minimum = 1,
             .maximum = 10'000},
            &DaemonSettings::requests_in_flight);
  add_section(
      table,
      {.name = "checks",
       .help = "Settings of single checks, by their id: `audit-now checks` lists them, "
               "`audit-now explain ID` tells what one means.",
       .keyed = true,
       .noun = "check"},
      [](auto& daemon) -> auto& { return daemon.audit; }, checks_table(checks));
  // A function, as the waivers are kept with the checks.
  Table<model::Settings> audit;
  add_sections(
      audit,
      {.name = "waivers",
       .help = "Findings that their owner accepts: they cost no score and alert nobody, "
               "and are shown as waived. Say which by check, cluster or job."},
      &model::Settings::waivers, waiver_table(checks),
      [](const model::Settings&) { return model::Waiver{}; }, finish_waivers);
  table.add(std::move(audit.settings.front()),
            {.read = [read = audit.bindings.front().read](const Reader& reader, const Setting& row,
                                                          const Node& node, DaemonSettings& into) {
              return read(reader, row, node, into.audit);
            }});
  add_section(table, {.name = "storage", .help = "Where the history is kept, and how long."},
              &DaemonSettings::storage, storage_table());
  add_section(table, {.name = "web", .help = "The page, the API and the metrics."},
              &DaemonSettings::web, web_table());
  add_section(
      table,
      {.name = "alerting",
       .help = "Who is told of what, and when: docs/alerting.md has the whole of it. Without "
               "a route nobody is."},
      &DaemonSettings::alerting, alerting_table());
  add_section(table, {.name = "log", .help = "The log, on stderr."}, &DaemonSettings::log,
              log_table());
  return table;
}

}  // namespace auditor::config
