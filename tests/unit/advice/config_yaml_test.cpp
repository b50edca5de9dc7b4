#include "advice/config_yaml.h"

#include <gtest/gtest.h>

namespace auditor::advice {
namespace {

TEST(ConfigYaml, QuotesWhatYamlReadsAsSomethingElse) {
  EXPECT_EQ(yaml_scalar("s3://bucket/checkpoints"), "s3://bucket/checkpoints");
  EXPECT_EQ(yaml_scalar("10 min"), "10 min");
  EXPECT_EQ(yaml_scalar("8081"), "8081");
  EXPECT_EQ(yaml_scalar("true"), "true");
  EXPECT_EQ(yaml_scalar(""), "''");
  EXPECT_EQ(yaml_scalar("1.10"), "'1.10'");  // else 1.1
  EXPECT_EQ(yaml_scalar("010"), "'010'");    // else 8 or 10
  EXPECT_EQ(yaml_scalar("0x1F"), "'0x1F'");
  EXPECT_EQ(yaml_scalar("1e3"), "'1e3'");
  EXPECT_EQ(yaml_scalar("off"), "'off'");
  EXPECT_EQ(yaml_scalar("No"), "'No'");
  EXPECT_EQ(yaml_scalar("null"), "'null'");
  EXPECT_EQ(yaml_scalar("12:30:00"), "'12:30:00'");
  EXPECT_EQ(yaml_scalar("it's"), "'it''s'");
  EXPECT_EQ(yaml_scalar("a: b"), "'a: b'");
  EXPECT_EQ(yaml_scalar("a #b"), "'a #b'");
  EXPECT_EQ(yaml_scalar("-XX:+UseG1GC"), "'-XX:+UseG1GC'");
  EXPECT_EQ(yaml_scalar("a\nb"), R"("a\nb")");
}

TEST(ConfigYaml, ListsAndMapsOfTheOldFormAreThoseOfYaml) {
  EXPECT_EQ(yaml_value("pipeline.jars", "file:/a.jar;file:/b.jar"), "[file:/a.jar, file:/b.jar]");
  EXPECT_EQ(yaml_value("pipeline.jars", "[file:/a.jar, 'b']"), "[file:/a.jar, '''b''']");
  EXPECT_EQ(yaml_value("kubernetes.jobmanager.labels", "team:orders,tier:1"),
            "{team: orders, tier: 1}");
  EXPECT_EQ(yaml_value("env.java.opts.all", "a;b"), "'a;b'");  // a text
}

TEST(ConfigYaml, NestsAndKeepsDotsWhereAKeyIsSetItself) {
  EXPECT_EQ(nested_yaml({{"rest.port", "8081", "", false},
                         {"rest.address", "host", "was web.address", false},
                         {"high-availability", "zookeeper", "", false},
                         {"high-availability.storageDir", "s3://b/ha", "", false},
                         {"parallelism.default", "4", "", false},
                         {"web.backpressure.num-samples", "7", "not read", true}}),
            R"(high-availability: zookeeper
high-availability.storageDir: s3://b/ha
parallelism.default: 4
rest:
  # was web.address
  address: host
  port: 8081

# not read
# web.backpressure.num-samples: 7
)");
}

}  // namespace
}  // namespace auditor::advice
