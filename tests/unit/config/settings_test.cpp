#include "config/settings.h"

#include <array>

#include <gtest/gtest.h>

#include "checks/engine.h"
#include "tests/unit/support/files.h"

namespace auditor::config {
namespace {

constexpr std::array<model::OptionInfo, 3> options{
    {{"factor", model::OptionKind::number, 2, 1, 10, "a factor"},
     {"share", model::OptionKind::percent, 20, 0, 100, "a share"},
     {"longest", model::OptionKind::duration, 600'000, 1'000, 86'400'000, "a duration"}}};
constexpr model::CheckInfo info{
    .id = "some-check", .title = "", .practice = "", .options = options};
constexpr std::array<const model::CheckInfo*, 1> infos_of_test{&info};

std::string error_of(const std::string& text) {
  const auto settings = parse("a.yaml", text, infos_of_test);
  return settings ? "" : settings.error().message;
}

TEST(Settings, AreRead) {
  const auto settings = parse("a.yaml",
                              "checks:\n  some-check:\n    enabled: false\n    severity: low\n"
                              "    options: {factor: 3, share: 25%, longest: 5min}\n",
                              infos_of_test);
  ASSERT_TRUE(settings) << settings.error().message;
  const model::CheckSettings& check = settings->checks.at("some-check");
  EXPECT_FALSE(check.enabled);
  EXPECT_EQ(check.severity, model::Severity::low);
  EXPECT_EQ(check.options.at("factor"), 3);
  EXPECT_EQ(check.options.at("share"), 25);
  EXPECT_EQ(check.options.at("longest"), 300'000);
}

TEST(Settings, MayBeEmpty) {
  EXPECT_EQ(error_of(""), "");
  EXPECT_EQ(error_of("# nothing\n"), "");
  EXPECT_EQ(error_of("checks:\n"), "");
}

TEST(Settings, NameFileLineColumnAndTheNearestName) {
  EXPECT_EQ(error_of("checks:\n  some-chekc: {}\n"),
            "a.yaml:2:3: unknown check \"some-chekc\"; did you mean \"some-check\"?");
  EXPECT_EQ(error_of("chekcs: {}\n"),
            "a.yaml:1:1: unknown setting \"chekcs\"; did you mean \"checks\"?");
  EXPECT_EQ(error_of("checks:\n  some-check:\n    enabeld: true\n"),
            "a.yaml:3:5: unknown setting \"enabeld\"; did you mean \"enabled\"?");
  EXPECT_EQ(error_of("checks:\n  some-check:\n    options: {facto: 2}\n"),
            "a.yaml:3:15: unknown option of some-check \"facto\"; did you mean \"factor\"?");
}

TEST(Settings, RefuseWrongValuesWithTheRightOnes) {
  EXPECT_EQ(error_of("checks: {some-check: {enabled: no}}"),
            "a.yaml:1:32: enabled must be true or false, not \"no\"");
  EXPECT_EQ(error_of("checks: {some-check: {severity: bad}}"),
            "a.yaml:1:33: severity must be one of info, low, medium, high, critical, not \"bad\"");
  EXPECT_EQ(error_of("checks: {some-check: {options: {factor: 11}}}"),
            "a.yaml:1:41: factor must be a number from 1 to 10, not \"11\"");
  EXPECT_EQ(
      error_of("checks: {some-check: {options: {longest: soon}}}"),
      "a.yaml:1:42: longest must be a duration from 1s to 1d, such as 30s or 1h30m, not \"soon\"");
  EXPECT_EQ(error_of("- a"), "a.yaml:1:1: the configuration must be a mapping");
}

TEST(Settings, RefuseWhatYamlAllowsAndPeopleRegret) {
  EXPECT_NE(error_of("checks: {}\nchecks: {}\n").find("a.yaml:2:1: \"checks\" is there twice"),
            std::string::npos);
  EXPECT_NE(error_of("a: &x {}\nb: *x\n").find("aliases"), std::string::npos);
  EXPECT_NE(error_of("checks: [").find("a.yaml:1"), std::string::npos);
  EXPECT_NE(error_of("---\na: 1\n---\nb: 1\n").find("more than one"), std::string::npos);
  EXPECT_NE(error_of(std::string(100'000, '[')).find("a.yaml:1:"), std::string::npos);
}

TEST(Settings, OfTheShippedExampleAreValid) {
  const auto settings =
      load(testing::source("config/audit-now.yaml").string(), checks::descriptions());
  EXPECT_TRUE(settings) << settings.error().message;
}

TEST(Settings, OfAMissingFileNameIt) {
  const auto settings = load("/nowhere/a.yaml", infos_of_test);
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().message, "cannot open /nowhere/a.yaml: No such file or directory");
}

}  // namespace
}  // namespace auditor::config
