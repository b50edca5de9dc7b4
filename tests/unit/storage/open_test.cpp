#include <array>
#include <csignal>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/lock.h"
#include "storage/migrate.h"
#include "storage/reader.h"
#include "storage/store.h"
#include "tests/unit/storage/support.h"

namespace auditor::storage {
namespace {

using testing::at;
using testing::Folder;
using testing::in_child;
using testing::open_store;

/// Becomes a user whom permissions bind, in a child.
bool become_nobody() {
  constexpr unsigned nobody = 65'534;
  return ::geteuid() != 0 || (::setgid(nobody) == 0 && ::setuid(nobody) == 0);
}

base::Error refusal(const std::string& path) {
  const auto store = Store::open(path);
  return store ? base::Error{base::ErrorKind::internal, "opened", 0} : store.error();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Open, ASecondProcessIsToldWhoseItIs) {
  const Folder folder;
  const auto store = open_store(folder.file());
  const auto owner = "process " + std::to_string(::getpid()) + " on ";
  const int code = in_child([&] {
    const base::Error error = refusal(folder.file());
    return has(error.message, owner) && has(error.message, folder.file()) ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(has(refusal(folder.file()).message, owner)) << "nor this process itself";
}

TEST(Open, ASymbolicLinkIsTheSameDatabase) {
  const Folder folder;
  const auto store = open_store(folder.file());
  std::filesystem::create_symlink(folder.file(), folder.file("link.db"));
  EXPECT_TRUE(has(refusal(folder.file("link.db")).message, "is in use by process"));
}

TEST(Open, ALockFileThatWasLeftBehindDoesNotMatter) {
  const Folder folder;
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = open_store(folder.file());
    static_cast<void>(::write(ready[1], "x", 1));
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_TRUE(has(refusal(folder.file()).message, std::to_string(child)));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  ASSERT_TRUE(std::filesystem::exists(folder.file("history.db.lock")));
  EXPECT_TRUE(Store::open(folder.file()));
}

TEST(Open, ANewerSchemaIsRefused) {
  const Folder folder;
  open_store(folder.file()).reset();
  {
    auto database = sqlite::Database::open(folder.file(), sqlite::Mode::write);
    ASSERT_TRUE(database->execute("INSERT INTO migrations VALUES (9999, 'later', 'x')"));
  }
  const base::Error error = refusal(folder.file());
  EXPECT_EQ(error.kind, base::ErrorKind::configuration);
  EXPECT_TRUE(has(error.message, "newer flink-auditd")) << error.message;
  EXPECT_TRUE(has(error.message, folder.file())) << error.message;
}

TEST(Open, AMigrationOfAnotherTextIsRefused) {
  const Folder folder;
  open_store(folder.file()).reset();
  {
    auto database = sqlite::Database::open(folder.file(), sqlite::Mode::write);
    ASSERT_TRUE(database->execute("UPDATE migrations SET checksum = 'x' WHERE number = 1"));
  }
  const base::Error error = refusal(folder.file());
  EXPECT_EQ(error.kind, base::ErrorKind::configuration);
  EXPECT_TRUE(has(error.message, "another build")) << error.message;
}

TEST(Open, AMigrationThatFailsLeavesTheEarlierSchema) {
  const Folder folder;
  auto database = sqlite::Database::open(folder.file(), sqlite::Mode::write);
  ASSERT_TRUE(database);
  const std::vector<base::EmbeddedFile> first{{"0001_a.sql", "CREATE TABLE a (x INTEGER) STRICT;"}};
  ASSERT_TRUE(migrate(*database, first));
  ASSERT_TRUE(database->execute("INSERT INTO a VALUES (7)"));
  std::vector<base::EmbeddedFile> both = first;
  both.push_back(
      {"0002_b.sql",
       "CREATE TABLE b (x INTEGER) STRICT; UPDATE a SET x = 8; INSERT INTO none VALUES (1);"});
  const auto failed = migrate(*database, both);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(has(failed.error().message, "0002_b.sql")) << failed.error().message;
  EXPECT_EQ(database->integer("SELECT x FROM a").value(), 7);
  EXPECT_EQ(database->integer("SELECT count(*) FROM sqlite_schema WHERE name = 'b'").value(), 0);
  EXPECT_EQ(database->integer("SELECT max(number) FROM migrations").value(), 1);
  EXPECT_FALSE(database->in_transaction());
  both[1].content = "CREATE TABLE b (x INTEGER) STRICT;";
  EXPECT_TRUE(migrate(*database, both));
  EXPECT_TRUE(migrate(*database, both)) << "again: nothing to do";
  EXPECT_EQ(database->integer("SELECT max(number) FROM migrations").value(), 2);
}

TEST(Open, WhatIsNoDatabaseIsRefused) {
  const Folder folder;
  std::ofstream(folder.file()) << std::string(10'000, 'x');
  base::Error error = refusal(folder.file());
  EXPECT_EQ(error.kind, base::ErrorKind::configuration);
  EXPECT_TRUE(has(error.message, "not a SQLite database")) << error.message;
  EXPECT_EQ(std::filesystem::file_size(folder.file()), 10'000U);
  EXPECT_FALSE(Reader::open(folder.file()));
  error = refusal(folder.path().string());
  EXPECT_EQ(error.kind, base::ErrorKind::file) << error.message;
}

TEST(Open, AnotherProgramsDatabaseIsRefused) {
  const Folder folder;
  {
    auto database = sqlite::Database::open(folder.file(), sqlite::Mode::write);
    ASSERT_TRUE(database->execute("CREATE TABLE bookmarks (x)"));
  }
  const base::Error error = refusal(folder.file());
  EXPECT_EQ(error.kind, base::ErrorKind::configuration);
  EXPECT_TRUE(has(error.message, "another program")) << error.message;
  EXPECT_EQ(testing::number(folder.file(), "SELECT count(*) FROM sqlite_schema"), 1);
}

TEST(Open, ADamagedDatabaseIsRefused) {
  const Folder folder;
  {
    const auto store = open_store(folder.file());
    model::CycleRecord record = testing::record_of("prod", at({}));
    for (int i = 0; i < 500; ++i) {
      record.jobs.push_back(testing::job_of("prod", std::to_string(i), at({})));
    }
    ASSERT_TRUE(store->commit(std::vector{record}));
  }
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(folder.file()));
  {
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(size / 2);
    file << std::string(40'000, '\x5a');
  }
  const base::Error error = refusal(folder.file());
  EXPECT_EQ(error.kind, base::ErrorKind::file);
  EXPECT_TRUE(has(error.message, "put a backup")) << error.message;
  EXPECT_TRUE(has(error.message, folder.file())) << error.message;
}

TEST(Open, AnEmptyFileBecomesADatabase) {
  const Folder folder;
  std::ofstream(folder.file()).close();
  EXPECT_TRUE(Store::open(folder.file()));
}

TEST(Open, AFolderThatMayNotBeWrittenIsTold) {
  const Folder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  const int code = in_child([&] {
    if (!become_nobody()) {
      return 2;
    }
    const base::Error error = refusal(folder.file());
    return error.kind == base::ErrorKind::file && has(error.message, folder.file()) &&
                   has(error.message, "ermission denied")
               ? 0
               : 1;
  });
  ::chmod(folder.path().c_str(), 0755);
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(has(refusal(folder.file("no/such.db")).message, "No such file"));
}

TEST(Open, AFileThatMayOnlyBeReadIsTold) {
  const Folder folder;
  open_store(folder.file()).reset();
  ::chmod(folder.path().c_str(), 0777);
  ::chmod(folder.file("history.db.lock").c_str(), 0666);
  ::chmod(folder.file().c_str(), 0444);
  const int code = in_child([&] {
    if (!become_nobody()) {
      return 2;
    }
    const base::Error error = refusal(folder.file());
    return error.kind == base::ErrorKind::file && has(error.message, folder.file()) &&
                   has(error.message, "let this user write")
               ? 0
               : 1;
  });
  EXPECT_EQ(code, 0);
}

TEST(Open, KnowsNetworkFileSystems) {
  EXPECT_TRUE(sqlite::is_network_file_system(0x6969)) << "NFS";
  EXPECT_TRUE(sqlite::is_network_file_system(0xFE534D42)) << "SMB2";
  EXPECT_FALSE(sqlite::is_network_file_system(0xEF53)) << "ext4";
  EXPECT_FALSE(sqlite::is_network_file_system(0x01021994)) << "tmpfs";
}

TEST(Open, IsSetUpAsTheDesignHasIt) {
  const Folder folder;
  const auto store = open_store(folder.file());
  EXPECT_EQ(testing::number(folder.file(), "PRAGMA auto_vacuum"), 2) << "incremental";
  EXPECT_EQ(testing::text(folder.file(), "PRAGMA journal_mode"), "wal");
  auto reading = sqlite::Database::open(folder.file(), sqlite::Mode::read);
  ASSERT_TRUE(reading);
  EXPECT_FALSE(reading->execute("DELETE FROM clusters"));
  EXPECT_FALSE(reading->execute("CREATE TABLE x (y)"));
}

TEST(Ids, AreKeptAsBytes) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  EXPECT_TRUE(sqlite::is_id(id));
  EXPECT_EQ(sqlite::to_bytes(id).size(), 16U);
  EXPECT_EQ(sqlite::to_hex(sqlite::to_bytes(id)), id);
  for (const std::string other :
       {"", "x", "0123456789ABCDEF0123456789ABCDEF", "g123456789abcdef0123456789abcdef"}) {
    EXPECT_FALSE(sqlite::is_id(other));
    EXPECT_EQ(sqlite::to_bytes(other), other);
  }
}

}  // namespace
}  // namespace auditor::storage
