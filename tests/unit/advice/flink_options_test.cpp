#include "advice/flink_options.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "checks/upgrade/gone_keys.h"
#include "model/configuration.h"

namespace auditor::advice {
namespace {

constexpr Release newest{2, 3};

TEST(FlinkOptions, ReleasesAreReadAsTheyAreNamed) {
  EXPECT_EQ(parse_release("1.20"), (Release{1, 20}));
  EXPECT_LT((Release{1, 20}), (Release{2, 0}));
  for (const char* wrong : {"", "2", "2.", ".3", "2.3.0", "2.x", "-1.2", "2.3 "}) {
    EXPECT_FALSE(parse_release(wrong)) << wrong;
  }
  EXPECT_EQ(known_releases().size(), 12U);
  EXPECT_EQ(known_releases().front(), (Release{1, 13}));
  EXPECT_EQ(known_releases().back(), newest);
}

TEST(FlinkOptions, EachReleaseReadsItsNames) {
  EXPECT_EQ(standing_of("rest.port", newest).standing, Standing::current);
  EXPECT_EQ(standing_of("state.backend", newest).standing, Standing::old_name);
  EXPECT_EQ(standing_of("state.backend", newest).names,
            std::vector<std::string_view>{"state.backend.type"});
  EXPECT_EQ(standing_of("state.backend", {1, 16}).standing, Standing::current);
  EXPECT_EQ(standing_of("state.backend.type", {1, 16}).standing, Standing::unread);
  EXPECT_EQ(standing_of("akka.ask.timeout", {1, 17}).standing, Standing::deprecated);
  EXPECT_EQ(standing_of("akka.ask.timeout", newest).names,
            std::vector<std::string_view>{"pekko.ask.timeout"});
  EXPECT_EQ(standing_of("web.backpressure.num-samples", newest).standing, Standing::unread);
  EXPECT_EQ(standing_of("s3.access-key", newest).standing, Standing::unlisted);
  EXPECT_EQ(standing_of("akka.client.timeout", newest).names,
            std::vector<std::string_view>{"client.timeout"});
}

// Only a part of the jars of 1.18 was looked into: that RocksDB's options are missing there says
// nothing.
TEST(FlinkOptions, WhatWasNotLookedIntoIsNotGone) {
  EXPECT_EQ(standing_of("state.backend.rocksdb.localdir", {1, 18}).standing, Standing::current);
  EXPECT_EQ(standing_of("kubernetes.cluster-id", {2, 1}).standing, Standing::current);
  EXPECT_EQ(standing_of("state.backend.rocksdb.memory.fixed-per-tm", {1, 15}).standing,
            Standing::uncertain);
}

// The table and the check's list were made in two ways from the same releases.
TEST(FlinkOptions, WhatTheCheckCallsGoneIsUnread) {
  for (const checks::GoneKey& key : checks::keys_gone_in_2()) {
    const Standing standing = standing_of(key.name, newest).standing;
    EXPECT_TRUE(standing == Standing::unread || standing == Standing::unlisted) << key.name;
    if (!key.successor.empty()) {
      EXPECT_NE(standing_of(key.successor, newest).standing, Standing::unread) << key.successor;
    }
  }
}

// What the checks advise to set has the name that the table knows.
TEST(FlinkOptions, TheNamesThatChecksAdviseAreRead) {
  using namespace model::keys;
  for (const model::ConfigurationKey& key :
       {model::keys::high_availability, high_availability_storage, state_backend,
        checkpoint_interval, checkpoint_directory, savepoint_directory, checkpoints_retained,
        incremental_checkpoints, restart_strategy, checkpoint_retention}) {
    for (const Release& release : known_releases()) {
      const std::string_view name = key.name_in(release.version());
      const Standing standing = standing_of(name, release).standing;
      EXPECT_TRUE(standing == Standing::current || standing == Standing::deprecated)
          << name << " in " << release.text();
    }
  }
}

}  // namespace
}  // namespace auditor::advice
