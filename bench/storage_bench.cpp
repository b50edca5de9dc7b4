// What history costs: fills a database as a fleet of one-job clusters does in 30 days, and prints
// its size and how long lists, timelines, commits and retention take. storage-bench [CLUSTERS
// [FOLDER]]

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/murmur3.h"
#include "storage/reader.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

namespace {

using namespace auditor;  // NOLINT(google-build-using-namespace): a program of one file
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using Steady = std::chrono::steady_clock;

constexpr int all_days = 30;
const base::Timestamp end_of_time = base::Timestamp(days(20'000));

double ms_since(Steady::time_point begin) {
  return std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
}

template <class T>
T need(base::Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().message);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

void print_times(std::string_view what, std::vector<double> times) {
  std::ranges::sort(times);
  fmt::print("{:<44} {:>9.2f} {:>9.2f} {:>9.2f}\n", what, times[times.size() / 2],
             times[times.size() * 99 / 100], times.back());
}

std::string hex(const std::string& text) {
  return base::to_hex(base::murmur3_x64_128(text));
}

model::CheckpointRecord checkpoint_of(const std::string& job, std::int64_t id, base::Timestamp at) {
  return {.job = job,
          .flink_job_id = model::JobId(hex(job)),
          .checkpoint_id = id,
          .status = model::CheckpointStatus::completed,
          .is_savepoint = false,
          .triggered_at = at,
          .duration = milliseconds(900 + id % 777),
          .checkpointed_size = base::Bytes{1'000'000 + id * 37},
          .state_size = base::Bytes{700'000'000 + id * 911},
          .start_delay = milliseconds(id % 90),
          .alignment = milliseconds(id % 70),
          .sync = milliseconds(id % 50),
          .async = milliseconds(600 + id % 300),
          .failure = {}};
}

/// A job with all that 30 days leave of it, its raw checkpoints aside.
model::CycleRecord history_of(int cluster) {
  model::CycleRecord record;
  record.cluster = fmt::format("cluster-{:04}", cluster);
  record.url = fmt::format("http://{}.flink.svc:8081", record.cluster);
  record.at = end_of_time;
  const std::string name = fmt::format("orders-enrichment-{}", cluster % 97);
  const auto id = model::job_record_id(record.cluster, name);
  const base::Timestamp begin = end_of_time - days(all_days);
  record.jobs = {{.id = id,
                  .cluster = record.cluster,
                  .key = name,
                  .name = name,
                  .flink_job_id = model::JobId(hex(id)),
                  .state = model::JobState::running,
                  .type = model::JobType::streaming,
                  .first_seen = begin,
                  .last_seen = end_of_time,
                  .ended_at = {}}};
  for (int i = 0; i < 20; ++i) {
    model::Finding finding;
    const auto at = begin + hours((i * 31 + cluster) % (all_days * 24));
    model::Verdict verdict{
        .check = fmt::format("check-of-something-{}", i),
        .practice = i % 2 == 0 ? "checkpointing" : "resources",
        .outcome = model::Outcome::fail,
        .severity = static_cast<model::Severity>((i + cluster) % 5),
        .confidence = model::Confidence::certain,
        .subject = {},
        .message = std::string(150, 'm'),
        .reason = {},
        .evidence = {},
        .remediation = std::string(250, 'r'),
        .fingerprint = model::Fingerprint::from_text(fmt::format("{}/{}", id, i)),
        .waiver = {}};
    verdict.evidence.assign(
        3, {.label = "a value",
            .value = std::int64_t{60'000},
            .unit = "ms",
            .expected = "≤ 10 s",
            .source = model::EvidenceSource{"/jobs/0123456789abcdef0123456789abcdef/checkpoints",
                                            "/counts/failed"},
            .observed_at = at});
    finding.verdict = std::move(verdict);
    finding.id = model::finding_id(record.cluster, finding.verdict->fingerprint);
    finding.cluster = record.cluster;
    finding.job = id;
    finding.state = i < 5 ? model::FindingState::firing : model::FindingState::resolved;
    finding.first_seen = finding.pending_since = finding.last_failed = at;
    finding.firing_since = at + minutes(1);
    if (finding.state == model::FindingState::resolved) {
      finding.resolved_at = at + hours(2);
    }
    for (const auto state :
         {model::FindingState::pending, model::FindingState::firing, finding.state}) {
      record.transitions.push_back({.id = 0,
                                    .finding = finding.id,
                                    .from = {},
                                    .to = state,
                                    .at = at,
                                    .severity = finding.verdict->severity,
                                    .waived = false,
                                    .reason = {}});
    }
    record.findings.push_back(std::move(finding));
  }
  for (int i = 0; i < 40; ++i) {
    record.verdicts.push_back(
        {.job = id,
         .check = fmt::format("check-of-something-{}", i % 20),
         .fingerprint = model::Fingerprint::from_text(fmt::format("{}/{}", id, i % 20)),
         .outcome = i % 2 == 0 ? model::Outcome::fail : model::Outcome::pass,
         .severity = model::Severity::high,
         .vertex_name = {},
         .text = std::string(120, 't'),
         .opened_at = begin + hours(i * 17),
         .closed_at = {},
         .gone = false});
  }
  for (int i = 0; i < 30; ++i) {
    record.events.push_back(
        {model::EventKind::job_state_changed, begin + days(i), id, "RUNNING", "RESTARTING", ""});
    record.scores.push_back({id, begin + days(i), 90.0 - i, 0.9});
    record.scores.push_back({"", begin + days(i), 95.0 - i, 0.9});
  }
  record.deployments = {{.job = id,
                         .flink_job_id = model::JobId(hex(id)),
                         .started_at = begin,
                         .seen_at = begin,
                         .plan_hash = hex(id),
                         .configuration_hash = hex(name),
                         .flink_version = "1.20.1",
                         .parallelism = 8,
                         .changed = {"plan"}}};
  return record;
}

struct Sizes {
  std::int64_t empty = 0, history = 0, hours = 0, raw = 0;
};

Sizes fill(storage::Store& store, const std::string& path, int clusters) {
  Sizes sizes;
  sizes.empty = need(store.size()).database.count;
  std::vector<std::string> jobs;
  for (int cluster = 0; cluster < clusters; ++cluster) {
    const auto record = history_of(cluster);
    jobs.push_back(record.jobs[0].id);
    need(store.commit(std::vector{record}));
  }
  sizes.history = need(store.size()).database.count;
  {
    auto database = need(storage::sqlite::Database::open(path, storage::sqlite::Mode::write));
    need(database.execute(
        fmt::format("WITH RECURSIVE h (value) AS (SELECT 719 UNION ALL SELECT value - 1 FROM h "
                    "WHERE value > 48) "
                    "INSERT INTO checkpoint_hours SELECT j.id, {} - h.value * 3600000, 60, 0, 950 "
                    "+ h.value % 90, "
                    "1800 + h.value % 300, 45, 850, 700000000 + h.value * 1000 FROM jobs j, h",
                    end_of_time.time_since_epoch().count())));
  }
  sizes.hours = need(store.size()).database.count;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    model::CycleRecord record;
    record.cluster = fmt::format("cluster-{:04}", i);
    record.url = fmt::format("http://{}.flink.svc:8081", record.cluster);
    record.at = end_of_time;
    for (int minute = 0; minute < 2 * 1'440; ++minute) {
      record.checkpoints.push_back(
          checkpoint_of(jobs[i], 40'000 + minute, end_of_time - days(2) + minutes(minute)));
    }
    need(store.commit(std::vector{record}));
  }
  sizes.raw = need(store.size()).database.count;
  return sizes;
}

void time_reads(const std::string& path, int clusters) {
  const auto reader = need(storage::Reader::open(path));
  struct Query {
    std::string_view what;
    std::function<void(storage::FindingFilter&, int)> set;
  };
  const std::vector<Query> queries{
      {"findings", [](auto&, int) {}},
      {"findings, one cluster",
       [](auto& f, int i) { f.clusters = {fmt::format("cluster-{:04}", i)}; }},
      {"findings, 50 clusters",
       [clusters](auto& f, int i) {
         for (int k = 0; k < 50; ++k)
           f.clusters.push_back(fmt::format("cluster-{:04}", (i + k * 7) % clusters));
       }},
      {"findings, job's name",
       [](auto& f, int i) { f.jobs = {fmt::format("orders-enrichment-{}", i % 97)}; }},
      {"findings, one check",
       [](auto& f, int i) { f.checks = {fmt::format("check-of-something-{}", i % 20)}; }},
      {"findings, three checks, resolved",
       [](auto& f, int i) {
         for (int k = 0; k < 3; ++k)
           f.checks.push_back(fmt::format("check-of-something-{}", (i + k) % 20));
         f.states = {model::FindingState::resolved};
       }},
      {"findings, practice", [](auto& f, int) { f.practices = {"resources"}; }},
      {"findings, no such practice", [](auto& f, int) { f.practices = {"none"}; }},
      {"findings, firing", [](auto& f, int) { f.states = {model::FindingState::firing}; }},
      {"findings, pending (none)", [](auto& f, int) { f.states = {model::FindingState::pending}; }},
      {"findings, severity",
       [](auto& f, int i) { f.severities = {static_cast<model::Severity>(i % 5)}; }},
      {"findings, resolved high",
       [](auto& f, int) {
         f.states = {model::FindingState::resolved};
         f.severities = {model::Severity::high};
       }},
      {"findings, waived (none)", [](auto& f, int) { f.waived = true; }},
      {"findings, since yesterday",
       [](auto& f, int) {
         f.since = end_of_time - days(1);
         f.states = {model::FindingState::resolved};
       }},
      {"findings, until the first day", [](auto& f, int) { f.until = end_of_time - days(29); }},
      {"findings, one cluster, check, since",
       [](auto& f, int i) {
         f.clusters = {fmt::format("cluster-{:04}", i)};
         f.checks = {fmt::format("check-of-something-{}", i % 20)};
         f.since = end_of_time - days(3);
       }},
  };
  for (const Query& query : queries) {
    std::vector<double> times;
    for (int i = 0; i < 200; ++i) {
      storage::FindingFilter filter;
      query.set(filter, i * 37 % clusters);
      const auto begin = Steady::now();
      need(reader->findings(filter));
      times.push_back(ms_since(begin));
    }
    print_times(query.what, times);
  }
  std::vector<double> walk;
  storage::FindingFilter filter;
  do {
    const auto begin = Steady::now();
    filter.cursor = need(reader->findings(filter)).next;
    walk.push_back(ms_since(begin));
  } while (!filter.cursor.empty());
  print_times(fmt::format("findings, each of {} pages", walk.size()), walk);
  std::vector<double> lines, own, jobs;
  for (int i = 0; i < 200; ++i) {
    const int cluster = i * 37 % clusters;
    const std::string name = fmt::format("cluster-{:04}", cluster);
    auto begin = Steady::now();
    need(reader->timeline(
        model::job_record_id(name, fmt::format("orders-enrichment-{}", cluster % 97)),
        {.since = end_of_time - days(30), .until = {}, .limit = 1'000}));
    lines.push_back(ms_since(begin));
    begin = Steady::now();
    need(reader->cluster_timeline(name, {}));
    own.push_back(ms_since(begin));
    begin = Steady::now();
    need(reader->jobs({.clusters = {}, .live = true, .name = "*-9?", .cursor = {}}));
    jobs.push_back(ms_since(begin));
  }
  print_times("a job's timeline, 30 days, 1000 of each kind", lines);
  print_times("a cluster's timeline", own);
  print_times("jobs by name", jobs);
}

void time_writes(storage::Store& store, int clusters) {
  std::vector<double> times, durable;
  for (int i = 0; i < 200; ++i) {
    std::vector<model::CycleRecord> batch;
    for (int k = 0; k < 100; ++k) {
      const int cluster = (i * 100 + k) % clusters;
      model::CycleRecord record;
      record.cluster = fmt::format("cluster-{:04}", cluster);
      record.url = fmt::format("http://{}.flink.svc:8081", record.cluster);
      record.at = end_of_time + minutes(i);
      const auto id =
          model::job_record_id(record.cluster, fmt::format("orders-enrichment-{}", cluster % 97));
      record.checkpoints = {checkpoint_of(id, 50'000 + i, end_of_time + minutes(i))};
      batch.push_back(std::move(record));
    }
    if (i % 4 == 3) {
      batch[0].transitions.push_back({});
    }
    const auto begin = Steady::now();
    need(store.commit(batch));
    (i % 4 == 3 ? durable : times).push_back(ms_since(begin));
  }
  print_times("commit of 100 records with a checkpoint each", times);
  print_times("the same, with a transition (fsync)", durable);
}

void time_tidy(storage::Store& store, std::string_view what, base::Timestamp now,
               const storage::Retention& retention) {
  std::vector<double> times;
  bool more = true;
  const auto begin = Steady::now();
  while (more) {
    const auto step = Steady::now();
    more = need(store.tidy(now, retention));
    times.push_back(ms_since(step));
  }
  print_times(fmt::format("{} ({} steps, {:.1f} s)", what, times.size(), ms_since(begin) / 1000),
              times);
}

}  // namespace

int main(int argc, char** argv) {
  const int clusters = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1'000;
  const std::filesystem::path folder =
      (argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path()) /
      "auditor-storage-bench";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "history.db").string();
  auto store = need(storage::Store::open(path));
  const auto begin = Steady::now();
  const Sizes sizes = fill(*store, path, clusters);
  fmt::print("{} clusters of one job, 30 days; filled in {:.1f} s\n\n", clusters,
             ms_since(begin) / 1000);
  const auto row = [&](std::string_view what, std::int64_t bytes, double each) {
    const double one = static_cast<double>(bytes) / (each * clusters);
    fmt::print("{:<44} {:>9.1f} {:>9.0f} {:>9.0f}\n", what, one, static_cast<double>(bytes) / 1e6,
               static_cast<double>(bytes) / 1e6 * 1'000 / clusters);
  };
  fmt::print("{:<44} {:>9} {:>9} {:>9}\n", "size", "bytes/row", "MB", "MB/1000");
  row("findings, intervals, events, scores (of a job)", sizes.history - sizes.empty, 1);
  row("28 days of hours of checkpoints", sizes.hours - sizes.history, 672);
  row("2 days of checkpoints, one a minute", sizes.raw - sizes.hours, 2'880);
  row("in all (of a job)", sizes.raw, 1);
  fmt::print("\n{:<44} {:>9} {:>9} {:>9}\n", "time, ms", "p50", "p99", "max");
  std::vector<double> opens, remembered;
  for (int i = 0; i < 3; ++i) {
    store.reset();
    auto opening = Steady::now();
    store = need(storage::Store::open(path));
    opens.push_back(ms_since(opening));
    opening = Steady::now();
    need(store->remembered(end_of_time));
    remembered.push_back(ms_since(opening));
  }
  print_times("open", opens);
  print_times("remembered", remembered);
  time_reads(path, clusters);
  time_writes(*store, clusters);
  time_tidy(*store, "tidy: first pass", end_of_time, {});
  time_tidy(*store, "tidy: an hour later", end_of_time + hours(1), {});
  time_tidy(*store, "tidy: a day later", end_of_time + days(1), {});
  storage::Retention half;
  half.size = base::Bytes{sizes.raw / 2};
  time_tidy(*store, "tidy: to half the size", end_of_time + days(1), half);
  fmt::print("size then: {} MB\n", need(store->size()).file.count / 1'000'000);
  store.reset();
  std::filesystem::remove_all(folder);
  return 0;
}
