#include <array>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/store.h"
#include "tests/unit/storage/support.h"

namespace auditor::storage {
namespace {

using std::chrono::minutes;
using testing::at;
using testing::Folder;
using testing::number;
using testing::open_store;

model::CycleRecord cycle(std::int64_t n) {
  model::CycleRecord record = testing::record_of("prod", at(minutes(n)));
  record.jobs = {testing::job_of("prod", "orders", at({}))};
  record.findings = {testing::finding_of("prod", record.jobs[0].id, fmt::format("check-{}", n % 7),
                                         at(minutes(n)))};
  record.transitions = {testing::transition_of(record.findings[0], at(minutes(n)))};
  record.transitions[0].reason = std::to_string(n);
  record.report_gz = std::string(50'000, static_cast<char>('a' + n % 20));
  return record;
}

/// Commits cycles from `n` on for ever, and tells of each on the pipe.
[[noreturn]] void write_for_ever(const std::string& path, std::int64_t n, int pipe) {
  const auto store = open_store(path);
  for (;; ++n) {
    if (!store->commit(std::vector{cycle(n)}) ||
        ::write(pipe, &n, sizeof n) != static_cast<ssize_t>(sizeof n)) {
      ::_exit(1);
    }
    static_cast<void>(store->tidy(at(minutes(n)), {}));
  }
}

TEST(Crash, AKilledWriterLosesNoCommitItHasTold) {
  const Folder folder;
  std::int64_t last = 0;
  for (int kill = 0; kill < 20; ++kill) {
    std::array<int, 2> told{};
    ASSERT_EQ(::pipe(told.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      write_for_ever(folder.file(), last + 1, told[1]);
    }
    ::close(told[1]);
    // After some commits it is in the midst of another.
    std::int64_t n = 0;
    for (int i = 0; i < 3 + kill * 7 % 40; ++i) {
      ASSERT_EQ(::read(told[0], &n, sizeof n), static_cast<ssize_t>(sizeof n));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(told[0], &n, sizeof n) == static_cast<ssize_t>(sizeof n)) {
    }
    ::close(told[0]);
    ASSERT_EQ(WTERMSIG(status), SIGKILL);

    ASSERT_EQ(testing::text(folder.file(), "PRAGMA integrity_check"), "ok");
    const std::int64_t found =
        number(folder.file(), "SELECT max(CAST(reason AS INTEGER)) FROM transitions");
    ASSERT_GE(found, n) << "told, and lost";
    ASSERT_LE(found, n + 1);
    ASSERT_EQ(number(folder.file(), "SELECT count(*) FROM transitions"), found) << "each once";
    ASSERT_EQ(number(folder.file(), "SELECT max(last_failed) FROM findings"),
              at(minutes(found)).time_since_epoch().count())
        << "all of a cycle or none";
    last = found;
  }
}

TEST(Backup, IsWholeWhileTheStoreWrites) {
  const Folder folder;
  std::array<int, 2> told{};
  ASSERT_EQ(::pipe(told.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    write_for_ever(folder.file(), 1, told[1]);
  }
  ::close(told[1]);
  std::int64_t n = 0;
  for (int copy = 0; copy < 5; ++copy) {
    for (int i = 0; i < 20; ++i) {
      ASSERT_EQ(::read(told[0], &n, sizeof n), static_cast<ssize_t>(sizeof n));
    }
    const std::string to = folder.file(fmt::format("copy{}.db", copy));
    const auto done = back_up(folder.file(), to);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(testing::text(to, "PRAGMA integrity_check"), "ok");
    EXPECT_GE(number(to, "SELECT count(*) FROM transitions"), n);
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(told[0]);
  // A copy is a database to go on with.
  const auto store = open_store(folder.file("copy4.db"));
  EXPECT_EQ(store->remembered(at({}))->clusters.size(), 1U);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(entry.path().string().find(".part"), std::string::npos) << entry.path();
  }
}

TEST(Backup, ReplacesNothing) {
  const Folder folder;
  open_store(folder.file()).reset();
  std::ofstream(folder.file("there")) << "mine";
  const auto refused = back_up(folder.file(), folder.file("there"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("exists"), std::string::npos) << refused.error().message;
  EXPECT_EQ(std::filesystem::file_size(folder.file("there")), 4U);
  EXPECT_FALSE(back_up(folder.file(), folder.file()));
  EXPECT_FALSE(back_up(folder.file("none.db"), folder.file("copy.db")));
  EXPECT_FALSE(back_up(folder.file(), folder.file("no/folder.db")));
  EXPECT_FALSE(back_up(folder.file("there"), folder.file("copy.db"))) << "not a database";
  EXPECT_FALSE(std::filesystem::exists(folder.file("copy.db")));
}

}  // namespace
}  // namespace auditor::storage
