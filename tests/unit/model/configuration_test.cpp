#include "model/configuration.h"

#include <gtest/gtest.h>

#include "model/secrets.h"

namespace auditor::model {
namespace {

FlinkVersion version(std::string_view text) {
  return parse_flink_version(text).value();
}

TEST(FlinkVersion, ReadsWhatVendorsWrite) {
  EXPECT_EQ(version("1.20.5").patch, 5);
  EXPECT_EQ(version("1.20.5").suffix, "");
  EXPECT_EQ(version("1.18.1-amzn-0").suffix, "amzn-0");
  EXPECT_EQ(version("2.0-SNAPSHOT").minor, 0);
  EXPECT_EQ(version("2.0-SNAPSHOT").suffix, "SNAPSHOT");
  EXPECT_EQ(version("1.15.2-csa1.0").suffix, "csa1.0");
  EXPECT_EQ(parse_flink_version("unknown"), std::nullopt);
  EXPECT_EQ(parse_flink_version(""), std::nullopt);
  EXPECT_TRUE(version("2.0.0").at_least(1, 20));
  EXPECT_FALSE(version("1.9.0").at_least(1, 17));
}

TEST(Configuration, LooksANameUpAsFlinkDoes) {
  const Configuration configuration(
      {{"high-availability", "zookeeper", 0}, {"high-availability.type", "NONE", 1}});
  ASSERT_NE(configuration.find(keys::high_availability), nullptr);
  EXPECT_EQ(configuration.find(keys::high_availability)->value, "NONE") << "the new name wins";
  EXPECT_EQ(configuration.find(keys::savepoint_directory), nullptr);
}

TEST(Configuration, NamesAKeyAsTheReleaseKnowsIt) {
  EXPECT_EQ(keys::savepoint_directory.name_in(version("1.19.3")), "state.savepoints.dir");
  EXPECT_EQ(keys::savepoint_directory.name_in(version("2.3.0")),
            "execution.checkpointing.savepoint-dir");
  EXPECT_EQ(keys::high_availability.name_in(version("1.16.3")), "high-availability");
}

TEST(Configuration, TakesAMaskedFlagForUnknown) {
  const Configuration configuration(
      {{"security.ssl.rest.enabled", "******", 0}, {"web.submit.enable", "FALSE", 1}});
  EXPECT_EQ(configuration.flag(keys::rest_tls, false), std::nullopt);
  EXPECT_EQ(configuration.flag(keys::web_submit, true), false);
  EXPECT_EQ(configuration.flag(keys::rocksdb_memory_managed, true), true);
}

TEST(Scheme, IsReadInEverySpelling) {
  EXPECT_EQ(scheme_of("hdfs:/a"), "hdfs");
  EXPECT_EQ(scheme_of("FILE:///a"), "file");
  EXPECT_EQ(scheme_of("oss://bucket/a"), "oss");
  EXPECT_EQ(scheme_of("/a/b:c"), "");
  EXPECT_EQ(scheme_of("<checkpoint-not-externally-addressable>"), "");
}

TEST(Secrets, AreMaskedByKeyInUrlsAndInOptions) {
  EXPECT_EQ(masked("s3.access-key", "AKIA"), "******");
  EXPECT_EQ(masked("security.ssl.rest.key-password", "x"), "******");
  EXPECT_EQ(masked("state.checkpoints.dir", "s3://me:pass@host/a"), "s3://******@host/a");
  EXPECT_EQ(masked("env.java.opts", "-Xmx1g -Dapp.password=abc -Dx=1"),
            "-Xmx1g -Dapp.password=****** -Dx=1");
  EXPECT_EQ(masked("rest.port", "8081"), "8081");
  EXPECT_EQ(masked("high-availability.zookeeper.quorum", "zk1:2181,zk2:2181"), "zk1:2181,zk2:2181");
}

}  // namespace
}  // namespace auditor::model
