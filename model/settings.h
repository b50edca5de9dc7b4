#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/log_line.h"
#include "model/access_settings.h"
#include "model/alerting_settings.h"
#include "model/uid_table.h"
#include "model/verdict.h"
#include "model/waiver.h"

namespace auditor::model {

/// `checks.<id>` of the configuration.
struct CheckSettings {
  bool enabled = true;
  std::optional<Severity> severity;       ///< over the check's own, whatever it finds
  std::map<std::string, double> options;  ///< in the unit of the option's kind
  std::optional<std::chrono::milliseconds> pending_for;  ///< `for`: fails this long before it fires
  std::optional<std::chrono::milliseconds>
      keep_firing_for;  ///< passes this long before it resolves
};

/// What an audit judges by; valid.
struct Settings {
  std::map<std::string, CheckSettings, std::less<>> checks;
  std::vector<Waiver> waivers;
  UidTable uid_words;  ///< UIDs that the user's code may set
};

/// `clusters[]`, and what `defaults` gives to each.
struct ClusterSettings {
  std::string name;
  std::string url;  ///< normalized
  std::map<std::string, std::string> labels;
  AccessSettings access;
  std::chrono::milliseconds interval{30'000};
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds connect_timeout{5'000};
  std::size_t requests_in_flight = 4;
  std::size_t vertex_requests_per_job = 3;  ///< in one cycle
  base::Bytes max_body = base::mebibytes(32);
  std::vector<std::string> expected_jobs;  ///< names of jobs that should run

  friend bool operator==(const ClusterSettings&, const ClusterSettings&) = default;
};

/// `file_sd[]`: files of targets, as Prometheus reads them.
struct FileDiscovery {
  std::vector<std::string> files;  ///< paths; the last part may have a *
  std::chrono::milliseconds refresh_interval{300'000};
  ClusterSettings cluster;  ///< for each target; name and url are the target's
};

/// `http_sd[]`: a service that answers with targets, as Prometheus asks it.
struct HttpDiscovery {
  std::string url;
  AccessSettings access;
  std::chrono::milliseconds refresh_interval{60'000};
  ClusterSettings cluster;
};

struct StorageSettings {
  std::string path = "flink-auditd.db";
  std::chrono::milliseconds retention_age = std::chrono::days(30);
  base::Bytes retention_size = base::gibibytes(4);
};

struct WebSettings {
  std::string listen = "127.0.0.1:8484";
  std::string bearer_token;  ///< empty: no token; only GET works then
  std::string basic_user;
  std::string basic_password;
  bool protect_reads = false;  ///< GET, too, needs the token or the password
  std::vector<std::string>
      allowed_hosts;  ///< beside the loopback's names and `listen`'s host; of the Host header
  std::size_t threads = 8;
};

using base::LogFormat;
using LogLevel = base::LogSeverity;

struct LogSettings {
  LogFormat format = LogFormat::logfmt;
  LogLevel level = LogLevel::info;
};

/// A whole configuration of `flink-auditd`, valid.
struct DaemonSettings {
  Settings audit;
  std::vector<ClusterSettings> clusters;
  ClusterSettings defaults;
  std::vector<FileDiscovery> file_discovery;
  std::vector<HttpDiscovery> http_discovery;
  std::size_t requests_in_flight = 256;  ///< over all clusters
  StorageSettings storage;
  WebSettings web;
  LogSettings log;
  AlertingSettings alerting;
  std::vector<std::string> warnings;  ///< about what is valid and yet not meant, one line each
};

}  // namespace auditor::model
