#pragma once

#include "config/table.h"
#include "model/settings.h"

namespace auditor::config {

/// `basic: {user, password}`, for whatever struct keeps them.
template <class T>
Table<T> basic_table(std::string T::* user, std::string T::* password) {
  Table<T> table;
  add_value(table,
            {.name = "user", .help = "The user's name.", .example = "auditor", .required = true},
            user);
  add_secret(table, {.name = "password", .help = "The password.", .example = "${FLINK_PASSWORD}"},
             password);
  table.finish = [user](const Reader& reader, const Node& node, T& into) -> base::Result<void> {
    if (!node.has("password") && !node.has("password_file")) {
      return reader.error(node, "basic lacks password or password_file");
    }
    if ((into.*user).find(':') != std::string::npos) {
      return reader.error(*node.find("user"), "user may not hold a \":\", which ends it in HTTP");
    }
    return {};
  };
  return table;
}

/// `auth` and `tls` of whatever is asked over HTTP.
Table<model::AccessSettings> auth_table();
Table<model::AccessSettings> tls_table();

/// Without credentials, or without certificates: what `auth: {}` and `tls: {}` make of what was
/// inherited.
void reset_auth(model::AccessSettings& access);
void reset_tls(model::AccessSettings& access);

/// `defaults`, or the same rows `inherited` where one source of clusters may differ.
Table<model::ClusterSettings> defaults_table(bool inherited);

/// One of `clusters`.
Table<model::ClusterSettings> cluster_table();

/// The name of a cluster that is given none: its URL without the scheme.
std::string name_of_url(std::string_view url);

/// Holds a label's name to Prometheus' rules. Errors are placed at `key`.
base::Result<void> check_label_name(const Reader& reader, const Node& key);

/// Holds a cluster's name to what pages and metrics can show. Errors are placed at `node`.
base::Result<void> check_cluster_name(const Reader& reader, const Node& node,
                                      std::string_view name);

/// Brings timeouts under the interval where they are inherited; an error where they are given.
base::Result<void> fit_timeouts(const Reader& reader, const Node* request, const Node* connect,
                                model::ClusterSettings& cluster);

}  // namespace auditor::config
