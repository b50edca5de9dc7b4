#include "tests/unit/storage/support.h"

#include <cstdlib>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace auditor::testing {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "auditor-storage-XXXXXX").string();
  path_ = ::mkdtemp(name.data()) == nullptr ? std::filesystem::path() : std::filesystem::path(name);
  EXPECT_FALSE(path_.empty());
}

Folder::~Folder() {
  std::error_code none;
  std::filesystem::remove_all(path_, none);
}

std::unique_ptr<storage::Store> open_store(const std::string& path) {
  auto store = storage::Store::open(path);
  if (!store) {
    ADD_FAILURE() << store.error().message;
    std::abort();
  }
  return std::move(*store);
}

std::unique_ptr<storage::Reader> open_reader(const std::string& path) {
  auto reader = storage::Reader::open(path);
  if (!reader) {
    ADD_FAILURE() << reader.error().message;
    std::abort();
  }
  return std::move(*reader);
}

std::int64_t number(const std::string& path, const std::string& sql) {
  auto database = storage::sqlite::Database::open(path, storage::sqlite::Mode::read);
  const auto found = database ? database->integer(sql)
                              : base::Result<std::int64_t>(tl::unexpect, database.error());
  EXPECT_TRUE(found) << (found ? "" : found.error().message);
  return found.value_or(-1);
}

std::string text(const std::string& path, const std::string& sql) {
  auto database = storage::sqlite::Database::open(path, storage::sqlite::Mode::read);
  const auto found =
      database ? database->text(sql) : base::Result<std::string>(tl::unexpect, database.error());
  EXPECT_TRUE(found) << (found ? "" : found.error().message);
  return found.value_or("");
}

model::CycleRecord record_of(const std::string& cluster, base::Timestamp time) {
  model::CycleRecord record;
  record.cluster = cluster;
  record.url = fmt::format("http://{}:8081", cluster);
  record.at = time;
  return record;
}

model::JobRecord job_of(const std::string& cluster, const std::string& name, base::Timestamp time) {
  model::JobRecord job;
  job.id = model::job_record_id(cluster, name);
  job.cluster = cluster;
  job.key = name;
  job.name = name;
  job.flink_job_id = model::JobId("0123456789abcdef0123456789abcdef");
  job.state = model::JobState::running;
  job.type = model::JobType::streaming;
  job.first_seen = time;
  job.last_seen = time;
  return job;
}

model::Finding finding_of(const std::string& cluster, const std::string& job,
                          const std::string& check, base::Timestamp time, model::FindingState state,
                          model::Severity severity) {
  model::Finding finding;
  finding.verdict.edit().check = check;
  finding.verdict.edit().practice = "checkpointing";
  finding.verdict.edit().outcome = model::Outcome::fail;
  finding.verdict.edit().severity = severity;
  finding.verdict.edit().message = fmt::format("{} fails", check);
  finding.verdict.edit().fingerprint =
      model::Fingerprint::from_text(fmt::format("{}/{}", job, check));
  finding.id = model::finding_id(cluster, finding.verdict->fingerprint);
  finding.cluster = cluster;
  finding.job = job;
  finding.state = state;
  finding.first_seen = time;
  finding.pending_since = time;
  if (state != model::FindingState::pending) {
    finding.firing_since = time;
  }
  if (state == model::FindingState::resolved) {
    finding.resolved_at = time;
  }
  finding.last_failed = time;
  return finding;
}

model::Transition transition_of(const model::Finding& finding, base::Timestamp time) {
  model::Transition transition;
  transition.finding = finding.id;
  transition.to = finding.state;
  transition.at = time;
  transition.severity = finding.verdict->severity;
  return transition;
}

model::CheckpointRecord checkpoint_of(const std::string& job, std::int64_t id,
                                      base::Timestamp time) {
  model::CheckpointRecord checkpoint;
  checkpoint.job = job;
  checkpoint.flink_job_id = model::JobId("0123456789abcdef0123456789abcdef");
  checkpoint.checkpoint_id = id;
  checkpoint.status = model::CheckpointStatus::completed;
  checkpoint.triggered_at = time;
  checkpoint.duration = std::chrono::milliseconds(1'000 + id);
  checkpoint.checkpointed_size = base::Bytes{10'000};
  checkpoint.state_size = base::Bytes{1'000'000 + id};
  checkpoint.start_delay = std::chrono::milliseconds(3);
  checkpoint.alignment = std::chrono::milliseconds(4);
  checkpoint.sync = std::chrono::milliseconds(5);
  checkpoint.async = std::chrono::milliseconds(600 + id);
  return checkpoint;
}

model::VerdictInterval interval_of(const std::string& job, const std::string& fingerprint,
                                   base::Timestamp time) {
  model::VerdictInterval interval;
  interval.job = job;
  interval.check = "checkpointing-disabled";
  interval.fingerprint = model::Fingerprint::from_text(fingerprint);
  interval.outcome = model::Outcome::fail;
  interval.severity = model::Severity::high;
  interval.text = "no checkpoints";
  interval.opened_at = time;
  return interval;
}

int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(work());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int tidy_all(storage::Store& store, base::Timestamp now, const storage::Retention& retention,
             int most) {
  for (int steps = 1; steps <= most; ++steps) {
    const auto more = store.tidy(now, retention);
    if (!more) {
      ADD_FAILURE() << more.error().message;
      return steps;
    }
    if (!*more) {
      return steps;
    }
  }
  ADD_FAILURE() << "tidy does not end";
  return most;
}

}  // namespace auditor::testing
