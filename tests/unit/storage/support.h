#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "model/history.h"
#include "storage/reader.h"
#include "storage/sqlite/database.h"
#include "storage/store.h"

/// What the tests of the store share: a folder, records, and a process of their own.
namespace auditor::testing {

inline base::Timestamp at(std::chrono::milliseconds since) {
  return base::Timestamp(std::chrono::days(20'000)) + since;  // 2024-10-04
}

/// A folder that goes with the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name = "history.db") const {
    return (path_ / name).string();
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The store or reader; where there is none, the test fails and ends.
std::unique_ptr<storage::Store> open_store(const std::string& path);
std::unique_ptr<storage::Reader> open_reader(const std::string& path);

/// A column of one row, by a connection of its own.
std::int64_t number(const std::string& path, const std::string& sql);
std::string text(const std::string& path, const std::string& sql);

model::CycleRecord record_of(const std::string& cluster, base::Timestamp time);
model::JobRecord job_of(const std::string& cluster, const std::string& name, base::Timestamp time);
/// A finding of a check on a job (or the cluster where `job` is empty), with the transition to its
/// state.
model::Finding finding_of(const std::string& cluster, const std::string& job,
                          const std::string& check, base::Timestamp time,
                          model::FindingState state = model::FindingState::firing,
                          model::Severity severity = model::Severity::high);
model::Transition transition_of(const model::Finding& finding, base::Timestamp time);
model::CheckpointRecord checkpoint_of(const std::string& job, std::int64_t id,
                                      base::Timestamp time);
model::VerdictInterval interval_of(const std::string& job, const std::string& fingerprint,
                                   base::Timestamp time);

/// Runs `work` in another process, which ends with its answer; gives the exit code, or −signal.
int in_child(const std::function<int()>& work);

/// Ends `store.tidy` and tells in how many steps; the test fails where that is more than `most`.
int tidy_all(storage::Store& store, base::Timestamp now, const storage::Retention& retention,
             int most = 20'000);

}  // namespace auditor::testing
