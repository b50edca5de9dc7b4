#include "config/cluster_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/files.h"
#include "base/header.h"
#include "base/text.h"
#include "config/scalars.h"

namespace auditor::config {

namespace {

using base::Result;
using model::AccessSettings;
using model::ClusterSettings;

constexpr double second = 1'000;
constexpr double minute = 60 * second;
constexpr double day = 24 * 60 * minute;

Result<void> add_header(const Reader& reader, const Node& node, std::string_view from,
                        std::string line, std::vector<std::string>& into) {
  if (const auto checked = base::check_header(line); !checked) {
    return reader.error(node, fmt::format("{}: {}", from, checked.error().message));
  }
  const auto name_of = [](std::string_view header) {
    return base::to_lower(header.substr(0, header.find(':')));
  };
  const std::string name = name_of(line);
  if (std::ranges::any_of(into, [&](const std::string& other) { return name_of(other) == name; })) {
    return reader.error(node, fmt::format("{}: the header {} is there twice", from, name));
  }
  into.push_back(std::move(line));
  return {};
}

Result<void> read_headers(const Reader& reader, const Setting& setting, const Node& node,
                          AccessSettings& into) {
  if (node.kind != Node::Kind::mapping) {
    return reader.wrong(setting, node);
  }
  for (const auto& [key, value] : node.members) {
    if (value.kind != Node::Kind::scalar) {
      return reader.error(value, "headers: a header's value must be a text of one line");
    }
    if (auto added = add_header(reader, value, setting.name,
                                fmt::format("{}: {}", key.scalar, value.scalar), into.headers);
        !added) {
      return added;
    }
  }
  return {};
}

Result<void> read_headers_file(const Reader& reader, const Setting& setting, const Node& node,
                               AccessSettings& into) {
  std::string path;
  if (auto read = read_value(reader, setting, node, path); !read || !reader.read_files) {
    return read;
  }
  path = reader.resolve(path);
  const auto content = base::read_file(path, base::kibibytes(64));
  if (!content) {
    return reader.error(node, fmt::format("{}: {}", setting.name, content.error().message));
  }
  bool any = false;
  for (const std::string_view line : base::split(*content, '\n')) {
    const std::string_view header = base::trim(line);
    if (header.empty()) {
      continue;
    }
    any = true;
    if (auto added = add_header(reader, node, fmt::format("{}: {}", setting.name, path),
                                std::string(header), into.headers);
        !added) {
      return added;
    }
  }
  return any ? Result<void>{}
             : reader.error(node, fmt::format("{}: {} is empty", setting.name, path));
}

Result<void> finish_auth(const Reader& reader, const Node& node, AccessSettings& into) {
  const bool sets = std::ranges::any_of(into.headers, [](const std::string& header) {
    return base::to_lower(header).starts_with("authorization:");
  });
  const bool other = node.has("bearer_token") || node.has("bearer_token_file") || node.has("basic");
  if (sets && other) {
    return reader.error(node,
                        "the header Authorization and bearer_token or basic exclude each other: "
                        "give one");
  }
  return {};
}

void add_pem(Table<AccessSettings>& table, Setting setting, std::string AccessSettings::* member) {
  setting.kind = Kind::path;
  table.add(std::move(setting),
            {.read = [member](const Reader& reader, const Setting& row, const Node& node,
                              AccessSettings& into) -> Result<void> {
              std::string path;
              if (auto read = read_value(reader, row, node, path); !read) {
                return read;
              }
              into.*member = reader.resolve(path);
              if (!reader.read_files) {
                return {};
              }
              const auto content = base::read_file(into.*member, base::mebibytes(16));
              if (!content) {
                return reader.error(node, fmt::format("{}: {}", row.name, content.error().message));
              }
              if (content->find("-----BEGIN ") == std::string::npos) {
                return reader.error(
                    node, fmt::format("{}: {} is no PEM file: it has no line -----BEGIN …",
                                      row.name, into.*member));
              }
              return {};
            }});
}

/// Labels add to those that were inherited.
void add_labels(Table<ClusterSettings>& table, bool inherited) {
  table.add({.name = "labels",
             .help = "Labels of the cluster, shown with it in the API. They add to those "
                     "of defaults. Names as in Prometheus; the name cluster is taken.",
             .example = "{team: payments, env: prod}",
             .kind = Kind::text_map,
             .inherited = inherited},
            {.read = [](const Reader& reader, const Setting& row, const Node& node,
                        ClusterSettings& into) -> Result<void> {
              for (const Member& member : node.members) {
                if (auto checked = check_label_name(reader, member.key); !checked) {
                  return checked;
                }
              }
              return read_value(reader, row, node, into.labels);
            }});
}

}  // namespace

Table<AccessSettings> auth_table() {
  Table<AccessSettings> table;
  add_secret(table,
             {.name = "bearer_token",
              .help = "Sent as \"Authorization: Bearer …\".",
              .example = "${FLINK_TOKEN}",
              .excludes = {"basic"}},
             &AccessSettings::bearer_token);
  add_section(table, {.name = "basic", .help = "HTTP basic authentication."}, Itself{},
              basic_table(&AccessSettings::basic_user, &AccessSettings::basic_password));
  table.add({.name = "headers",
             .help = "Further headers, each on one line.",
             .example = "{X-Team: streaming}",
             .kind = Kind::text_map,
             .secret = true},
            {.read = read_headers});
  table.add({.name = "headers_file",
             .help = "A file of further headers, \"Name: value\" on each line; read again with "
                     "each reload.",
             .example = "headers.txt",
             .kind = Kind::path},
            {.read = read_headers_file});
  table.finish = finish_auth;
  return table;
}

Table<AccessSettings> tls_table() {
  Table<AccessSettings> table;
  add_pem(table,
          {.name = "ca_file",
           .help = "PEM file of the authorities to trust, in place of the system's.",
           .example = "ca.pem"},
          &AccessSettings::ca_file);
  add_pem(table,
          {.name = "client_certificate_file",
           .help = "PEM file of the certificate to show.",
           .example = "client.pem"},
          &AccessSettings::client_certificate_file);
  add_pem(table,
          {.name = "client_key_file",
           .help = "PEM file of its key; not needed where the certificate's file has it.",
           .example = "client-key.pem"},
          &AccessSettings::client_key_file);
  table.finish = [](const Reader& reader, const Node& node, AccessSettings&) -> Result<void> {
    const Node* key = node.find("client_key_file");
    if (key != nullptr && node.find("client_certificate_file") == nullptr) {
      return reader.error(*key, "client_key_file needs client_certificate_file beside it");
    }
    return {};
  };
  return table;
}

void reset_auth(AccessSettings& access) {
  access.bearer_token.clear();
  access.basic_user.clear();
  access.basic_password.clear();
  access.headers.clear();
}

void reset_tls(AccessSettings& access) {
  access.ca_file.clear();
  access.client_certificate_file.clear();
  access.client_key_file.clear();
}

Table<ClusterSettings> defaults_table(bool inherited) {
  Table<ClusterSettings> table;
  add_value(table,
            {.name = "interval",
             .help = "How often each cluster is looked at.",
             .kind = Kind::duration,
             .minimum = second,
             .maximum = day,
             .inherited = inherited},
            &ClusterSettings::interval);
  add_value(table,
            {.name = "request_timeout",
             .help = "How long one request may take. Where it is inherited and longer than the "
                     "interval, it is as long as the interval.",
             .kind = Kind::duration,
             .minimum = 100,
             .maximum = 10 * minute,
             .inherited = inherited},
            &ClusterSettings::request_timeout);
  add_value(table,
            {.name = "connect_timeout",
             .help = "How long a connection may take to come about; part of request_timeout.",
             .kind = Kind::duration,
             .minimum = 100,
             .maximum = 10 * minute,
             .inherited = inherited},
            &ClusterSettings::connect_timeout);
  add_value(table,
            {.name = "requests_in_flight",
             .help = "Requests at one time to one cluster.",
             .kind = Kind::count,
             .minimum = 1,
             .maximum = 64,
             .inherited = inherited},
            &ClusterSettings::requests_in_flight);
  add_value(table,
            {.name = "vertex_requests_per_job",
             .help = "Requests about single vertices, for one job in one cycle.",
             .kind = Kind::count,
             .minimum = 0,
             .maximum = 1'000,
             .inherited = inherited},
            &ClusterSettings::vertex_requests_per_job);
  add_value(table,
            {.name = "max_body",
             .help = "The longest answer that is read, once decompressed.",
             .kind = Kind::size,
             .minimum = static_cast<double>(base::kibibytes(64).count),
             .maximum = static_cast<double>(base::gibibytes(1).count),
             .inherited = inherited},
            &ClusterSettings::max_body);
  add_value(table,
            {.name = "expected_jobs",
             .help = "Names of jobs that should run there: the check job-disappeared tells of one "
                     "that does not, seen before or not.",
             .example = "[orders, payments]",
             .kind = Kind::texts,
             .inherited = inherited},
            &ClusterSettings::expected_jobs);
  add_labels(table, inherited);
  add_section(table,
              {.name = "auth",
               .help = "Credentials. They replace all that is inherited; {} is none.",
               .inherited = inherited},
              &ClusterSettings::access, auth_table(), reset_auth);
  add_section(table,
              {.name = "tls",
               .help = "Certificates. They replace all that is inherited; {} is none.",
               .inherited = inherited},
              &ClusterSettings::access, tls_table(), reset_tls);
  table.finish = [](const Reader& reader, const Node& node, ClusterSettings& into) {
    return fit_timeouts(reader, node.find("request_timeout"), node.find("connect_timeout"), into);
  };
  return table;
}

Table<ClusterSettings> cluster_table() {
  Table<ClusterSettings> table;
  add_value(table,
            {.name = "url",
             .help = "Where the cluster's REST API answers: http or https, host, port, path.",
             .example = "http://flink.example.com:8081",
             .kind = Kind::url,
             .required = true},
            &ClusterSettings::url);
  add_value(table,
            {.name = "name",
             .help = "What the cluster is called; the URL without its scheme where left out. "
                     "History is kept under the name.",
             .example = "orders"},
            &ClusterSettings::name);
  Table<ClusterSettings> inherited = defaults_table(true);
  for (std::size_t i = 0; i < inherited.settings.size(); ++i) {
    table.add(std::move(inherited.settings[i]), std::move(inherited.bindings[i]));
  }
  table.finish = [finish = inherited.finish](const Reader& reader, const Node& node,
                                             ClusterSettings& into) -> Result<void> {
    if (into.name.empty()) {
      into.name = name_of_url(into.url);
    }
    const Node* name = node.find("name");
    if (auto checked = check_cluster_name(reader, name == nullptr ? node : *name, into.name);
        !checked) {
      return checked;
    }
    return finish(reader, node, into);
  };
  return table;
}

std::string name_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return std::string(scheme == std::string_view::npos ? url : url.substr(scheme + 3));
}

Result<void> check_label_name(const Reader& reader, const Node& key) {
  const std::string& name = key.scalar;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || (name.front() >= '0' && name.front() <= '9') || name.starts_with("__") ||
      !std::ranges::all_of(name, fits)) {
    return reader.error(key, fmt::format("the label \"{}\" must have a name of letters, digits and "
                                         "_, with no digit and no __ at its start",
                                         shown(key)));
  }
  if (name == "cluster") {
    return reader.error(key, "the label cluster is the cluster's name: set name");
  }
  return {};
}

Result<void> check_cluster_name(const Reader& reader, const Node& node, std::string_view name) {
  constexpr std::size_t longest = 200;
  if (name.size() > longest || base::printable(name) != name) {
    return reader.error(
        node, fmt::format("a cluster's name must be at most {} bytes of printable text", longest));
  }
  return {};
}

Result<void> fit_timeouts(const Reader& reader, const Node* request, const Node* connect,
                          ClusterSettings& cluster) {
  if (cluster.request_timeout > cluster.interval) {
    if (request != nullptr) {
      return reader.error(*request, fmt::format("request_timeout {} is longer than the interval {}",
                                                duration_text(cluster.request_timeout),
                                                duration_text(cluster.interval)));
    }
    cluster.request_timeout = cluster.interval;
  }
  if (cluster.connect_timeout > cluster.request_timeout) {
    if (connect != nullptr) {
      return reader.error(*connect,
                          fmt::format("connect_timeout {} is longer than request_timeout {}",
                                      duration_text(cluster.connect_timeout),
                                      duration_text(cluster.request_timeout)));
    }
    cluster.connect_timeout = cluster.request_timeout;
  }
  return {};
}

}  // namespace auditor::config
