#include "base/exposition.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>
#include <string>

#include "base/text.h"
#include "version.h"
#include "web/alerting.h"
#include "web/handlers.h"
#include "web/parameters.h"
#include "web/process_metrics.h"

/// The families of /metrics. All of them come from the board, so what left it leaves no series.
namespace auditor::web {

namespace {

using base::Exposition;
using enum base::Exposition::Type;

double seconds(base::Timestamp time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1000;
}

double one_if(bool value) {
  return value ? 1 : 0;
}

/// A family with one sample for each cluster that `value` gives one for.
template <class Value>
void per_cluster(Exposition& out, const std::vector<ClusterEntry>& entries, std::string_view name,
                 Exposition::Type type, std::string_view help, Value value) {
  out.family(name, type, help);
  for (const ClusterEntry& entry : entries) {
    if (const auto sample = value(entry)) {
      out.sample(*sample, {{"cluster", entry.status.name}});
    }
  }
}

void write_audits(Exposition& out, const std::vector<ClusterEntry>& entries) {
  per_cluster(out, entries, "flink_auditor_cluster_score", gauge,
              "Score of the cluster's set-up, 0 to 100; absent while too little could be judged.",
              [](const ClusterEntry& entry) {
                return entry.summary ? entry.summary->score.value : std::nullopt;
              });
  per_cluster(out, entries, "flink_auditor_cluster_coverage_ratio", gauge,
              "Share of the checks that could be judged.", [](const ClusterEntry& entry) {
                return entry.summary ? std::optional(entry.summary->score.coverage) : std::nullopt;
              });
  out.family("flink_auditor_findings", gauge,
             "Checks that fail on the cluster and its jobs, without waived ones.");
  for (const ClusterEntry& entry : entries) {
    for (std::size_t i = 0; entry.summary && i < entry.summary->findings.open.size(); ++i) {
      out.sample(
          std::uint64_t{entry.summary->findings.open.at(i)},
          {{"cluster", entry.status.name}, {"severity", to_text(static_cast<model::Severity>(i))}});
    }
  }
  per_cluster(out, entries, "flink_auditor_waived_findings", gauge,
              "Checks that fail and are waived.", [](const ClusterEntry& entry) {
                return entry.summary ? std::optional(std::uint64_t{entry.summary->findings.waived})
                                     : std::nullopt;
              });
}

/// Calls `write` for each job with its JobID where its name is not the only one in its cluster.
/// Names are compared as the labels show them, and a job that a cluster lists twice counts once:
/// of two equal series Prometheus would refuse the whole scrape.
template <class Write>
void per_job(const std::vector<ClusterEntry>& entries, Write write) {
  for (const ClusterEntry& entry : entries) {
    if (!entry.summary) {
      continue;
    }
    std::map<std::string, std::set<std::string>> names;
    for (const ReportSummary::Job& job : entry.summary->jobs) {
      names[base::printable(job.name)].insert(job.id);
    }
    std::set<std::string> written;
    for (const ReportSummary::Job& job : entry.summary->jobs) {
      if (written.insert(job.id).second) {
        write(entry.status.name, job, names[base::printable(job.name)].size() > 1);
      }
    }
  }
}

void write_jobs(Exposition& out, const std::vector<ClusterEntry>& entries) {
  out.family("flink_auditor_job_score", gauge,
             "Score of the job's set-up, 0 to 100; absent while too little could be judged.");
  per_job(entries, [&out](std::string_view cluster, const ReportSummary::Job& job, bool shared) {
    if (job.score.value && shared) {
      out.sample(*job.score.value, {{"cluster", cluster}, {"job", job.name}, {"job_id", job.id}});
    } else if (job.score.value) {
      out.sample(*job.score.value, {{"cluster", cluster}, {"job", job.name}});
    }
  });
  out.family("flink_auditor_job_coverage_ratio", gauge,
             "Share of the job's checks that could be judged.");
  per_job(entries, [&out](std::string_view cluster, const ReportSummary::Job& job, bool shared) {
    if (shared) {
      out.sample(job.score.coverage, {{"cluster", cluster}, {"job", job.name}, {"job_id", job.id}});
    } else {
      out.sample(job.score.coverage, {{"cluster", cluster}, {"job", job.name}});
    }
  });
  out.family("flink_auditor_job_findings", gauge,
             "Checks that fail on the job, without waived ones.");
  per_job(entries, [&out](std::string_view cluster, const ReportSummary::Job& job, bool shared) {
    for (std::size_t i = 0; i < job.findings.open.size(); ++i) {
      const std::string_view severity = to_text(static_cast<model::Severity>(i));
      const std::uint64_t count = job.findings.open.at(i);
      if (shared) {
        out.sample(
            count,
            {{"cluster", cluster}, {"job", job.name}, {"job_id", job.id}, {"severity", severity}});
      } else {
        out.sample(count, {{"cluster", cluster}, {"job", job.name}, {"severity", severity}});
      }
    }
  });
}

void write_looks(Exposition& out, const std::vector<ClusterEntry>& entries,
                 const PollTotals& totals) {
  const auto counted = [&](std::string_view name, std::string_view help,
                           std::uint64_t ClusterStatus::* member) {
    per_cluster(out, entries, name, counter, help, [member](const ClusterEntry& entry) {
      return std::optional(entry.status.*member);
    });
  };
  per_cluster(out, entries, "flink_auditor_cluster_up", gauge,
              "1 where the latest look at the cluster succeeded.",
              [](const ClusterEntry& entry) { return std::optional(one_if(entry.status.up)); });
  per_cluster(out, entries, "flink_auditor_cluster_gone", gauge,
              "1 for an application cluster whose job had ended.",
              [](const ClusterEntry& entry) { return std::optional(one_if(entry.status.gone)); });
  per_cluster(out, entries, "flink_auditor_last_success_timestamp_seconds", gauge,
              "When a look at the cluster last succeeded.", [](const ClusterEntry& entry) {
                return entry.status.last_success
                           ? std::optional(seconds(*entry.status.last_success))
                           : std::nullopt;
              });
  counted("flink_auditor_looks_total", "Looks at the cluster.", &ClusterStatus::looks);
  counted("flink_auditor_look_failures_total", "Looks at the cluster that failed.",
          &ClusterStatus::failures);
  counted("flink_auditor_looks_skipped_total",
          "Looks that were due while the one before still ran.", &ClusterStatus::skipped);
  counted("flink_auditor_requests_total", "Requests sent to the cluster.",
          &ClusterStatus::requests);
  counted("flink_auditor_received_bytes_total", "Bytes of answers taken from the cluster.",
          &ClusterStatus::received_bytes);
  // A histogram for each cluster would be most of the series of a large fleet.
  out.family("flink_auditor_cluster_poll_duration_seconds", summary,
             "How long looks at the cluster took.");
  for (const ClusterEntry& entry : entries) {
    const std::string_view name = entry.status.name;
    std::uint64_t count = 0;
    for (const std::uint64_t in_bucket : entry.status.durations) {
      count += in_bucket;
    }
    out.sample(entry.status.duration_sum_seconds, {{"cluster", name}}, "_sum");
    out.sample(count, {{"cluster", name}}, "_count");
  }
  out.family("flink_auditor_poll_duration_seconds", histogram,
             "How long looks took, over all clusters.");
  out.histogram(poll_buckets, totals.durations, totals.duration_sum_seconds);
}

void write_daemon(Exposition& out, const DaemonStatus& daemon) {
  const auto one = [&out](std::string_view name, Exposition::Type type, std::string_view help,
                          auto value) {
    out.family(name, type, help);
    out.sample(value);
  };
  one("flink_auditor_ready", gauge, "1 while /-/ready says so.",
      one_if(daemon.ready && daemon.not_ready.empty()));
  one("flink_auditor_queue_length", gauge, "Snapshots that wait to be judged.",
      std::uint64_t{daemon.queue});
  one("flink_auditor_queue_capacity", gauge, "Snapshots that may wait.",
      std::uint64_t{daemon.queue_capacity});
  one("flink_auditor_dropped_snapshots_total", counter,
      "Snapshots that were not judged because the queue was full.", daemon.dropped_snapshots);
  one("flink_auditor_unwritten_records", gauge, "Records that wait for the store.",
      std::uint64_t{daemon.unwritten_records});
  one("flink_auditor_store_failures_total", counter, "Writes to the store that failed.",
      daemon.store_failures);
  one("flink_auditor_database_bytes", gauge, "Size of the database.",
      static_cast<double>(daemon.database_size.count));
  one("flink_auditor_write_ahead_log_bytes", gauge, "Size of the database's write-ahead log.",
      static_cast<double>(daemon.write_ahead_log_size.count));
  one("flink_auditor_requests_in_flight", gauge, "Requests to clusters that wait for an answer.",
      std::uint64_t{daemon.requests_in_flight});
  one("flink_auditor_lateness_max_seconds", gauge,
      "How late the latest look of the last minute began.", daemon.lateness_seconds_max);
  out.family("flink_auditor_lateness_seconds", summary, "How late looks began.");
  out.sample(daemon.lateness_seconds_sum, {}, "_sum");
  out.sample(daemon.lateness_count, {}, "_count");
  one("flink_auditor_config_reloads_total", counter, "Reloads of the configuration.",
      daemon.reloads);
  one("flink_auditor_config_reload_failures_total", counter,
      "Reloads that failed; the old configuration kept running.", daemon.reload_failures);
  one("flink_auditor_config_last_reload_successful", gauge,
      "1 unless the latest reload of the configuration failed.", one_if(daemon.last_reload_ok));
  out.family("flink_auditor_config_last_reload_success_timestamp_seconds", gauge,
             "When the configuration that runs was read.");
  out.sample(seconds(daemon.last_reload_ok && daemon.last_reload_at ? *daemon.last_reload_at
                                                                    : daemon.started_at));
  one("flink_auditor_discovery_failing", gauge, "Sources of clusters that cannot be read now.",
      static_cast<std::uint64_t>(std::ranges::count_if(
          daemon.discovery_errors, [](const auto& source) { return !source.second.empty(); })));
  out.family("flink_auditor_build_info", gauge, "1, with the version as a label.");
  out.sample(1.0, {{"version", version}});
}

void write_alerts(Exposition& out, const AlertingStatus& alerting) {
  constexpr std::array<std::string_view, 2> states{"firing", "muted"};
  std::array<std::array<std::uint64_t, states.size()>, 5> counts{};
  for (const AlertStatus& status : alerting.alerts) {
    if (status.alert.firing) {
      ++counts.at(static_cast<std::size_t>(status.alert.severity))
            .at(status.muted_by.empty() ? 0 : 1);
    }
  }
  out.family("flink_auditor_alerts", gauge, "Alerts that fire, and those that are muted.");
  for (std::size_t severity = 0; severity < counts.size(); ++severity) {
    for (std::size_t state = 0; state < states.size(); ++state) {
      out.sample(counts.at(severity).at(state),
                 {{"severity", to_text(static_cast<model::Severity>(severity))},
                  {"state", states.at(state)}});
    }
  }
}

void write_silences(Exposition& out, const AlertingStatus& alerting, base::Timestamp now) {
  constexpr std::array<std::string_view, 3> states{"active", "pending", "expired"};
  std::array<std::uint64_t, states.size()> counts{};
  for (const model::Silence& silence : shown_silences(alerting, now)) {
    const auto* state = std::ranges::find(states, state_of(silence, now));
    ++counts.at(static_cast<std::size_t>(state - states.begin()));
  }
  out.family("flink_auditor_silences", gauge, "Silences; an expired one counts for five days.");
  for (std::size_t i = 0; i < states.size(); ++i) {
    out.sample(counts.at(i), {{"state", states.at(i)}});
  }
}

void write_notifications(Exposition& out, const AlertingStatus& alerting, base::Timestamp now) {
  out.family("flink_auditor_notifications_total", counter,
             "Notifications that were delivered or are dead, and attempts that failed.");
  for (const ReceiverStatus& receiver : alerting.receivers) {
    out.sample(receiver.delivered, {{"receiver", receiver.name}, {"outcome", "delivered"}});
    out.sample(receiver.attempts_failed, {{"receiver", receiver.name}, {"outcome", "failed"}});
    out.sample(receiver.dead, {{"receiver", receiver.name}, {"outcome", "dead"}});
  }
  out.family("flink_auditor_notifications_waiting", gauge, "Notifications on their way.");
  for (const ReceiverStatus& receiver : alerting.receivers) {
    out.sample(std::uint64_t{receiver.waiting}, {{"receiver", receiver.name}});
  }
  out.family("flink_auditor_notifications_oldest_waiting_seconds", gauge,
             "How long the oldest notification is on its way; 0 where none is.");
  for (const ReceiverStatus& receiver : alerting.receivers) {
    const double age =
        receiver.oldest_waiting ? seconds(now) - seconds(*receiver.oldest_waiting) : 0;
    out.sample(std::max(age, 0.0), {{"receiver", receiver.name}});
  }
}

void write_process(Exposition& out, const DaemonStatus& daemon) {
  const ProcessUsage usage = process_usage();
  const auto one = [&out](std::string_view name, Exposition::Type type, std::string_view help,
                          auto value) {
    if (value) {
      out.family(name, type, help);
      out.sample(*value);
    }
  };
  one("process_start_time_seconds", gauge, "When the process started, since the epoch.",
      std::optional(usage.started_at_seconds.value_or(seconds(daemon.started_at))));
  one("process_cpu_seconds_total", counter, "CPU time of the process.", usage.cpu_seconds);
  one("process_resident_memory_bytes", gauge, "Resident memory of the process.",
      usage.resident_bytes);
  one("process_virtual_memory_bytes", gauge, "Virtual memory of the process.", usage.virtual_bytes);
  one("process_open_fds", gauge, "Open file descriptors.", usage.open_descriptors);
  one("process_max_fds", gauge, "File descriptors that may be open.", usage.most_descriptors);
  one("process_threads", gauge, "Threads of the process.", usage.threads);
}

}  // namespace

Answer get_metrics(const Context& context) {
  const std::vector<ClusterEntry> entries = context.board.clusters();
  const DaemonStatus daemon = context.board.daemon();
  Exposition out;
  write_audits(out, entries);
  write_jobs(out, entries);
  write_looks(out, entries, context.board.poll_totals());
  const auto alerting = context.board.alerting();
  write_alerts(out, *alerting);
  write_silences(out, *alerting, context.now);
  write_notifications(out, *alerting, context.now);
  write_daemon(out, daemon);
  write_process(out, daemon);
  Response response{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = out.take()};
  response.set("cache-control", "no-store");
  return response;
}

}  // namespace auditor::web
