#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "checks/engine.h"
#include "checks/judge.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/fixture.h"

namespace auditor {
namespace {

using nlohmann::json;
using testing::source;

std::string describe(const model::Verdict& verdict) {
  std::string text = fmt::format(
      "{} {} {} on \"{}\": {}{}", to_text(verdict.outcome), to_text(verdict.severity),
      to_text(verdict.confidence),
      verdict.subject->vertex_name.value_or(verdict.subject->job_name.value_or("cluster")),
      verdict.message, verdict.reason);
  for (const model::Evidence& evidence : verdict.evidence) {
    text += "\n      " + evidence.label.text();
  }
  return text;
}

/// Whether a verdict is what a row of `expect` says; what the row leaves out may be anything.
bool matches(const model::Verdict& verdict, const json& row) {
  const auto is = [&row](const char* key, std::string_view value) {
    return !row.contains(key) || row[key].get<std::string>() == value;
  };
  const auto holds = [&row](const char* key, const std::string& text) {
    return !row.contains(key) || text.find(row[key].get<std::string>()) != std::string::npos;
  };
  const std::string subject =
      verdict.subject->vertex_name.value_or(verdict.subject->job_name.value_or("cluster"));
  const bool evidence = !row.contains("evidence") ||
                        std::ranges::any_of(verdict.evidence, [&](const model::Evidence& e) {
                          return holds("evidence", e.label.text());
                        });
  return is("verdict", to_text(verdict.outcome)) && is("severity", to_text(verdict.severity)) &&
         is("confidence", to_text(verdict.confidence)) && is("subject", subject) &&
         holds("message", verdict.message.text()) && holds("reason", verdict.reason.text()) &&
         holds("remediation", verdict.remediation) && evidence;
}

struct Case {
  std::string check;
  std::filesystem::path file;
};

/// GoogleTest looks for this name to show a parameter; otherwise it dumps the bytes.
void PrintTo(const Case& shown, std::ostream* out) {  // NOLINT(readability-identifier-naming)
  *out << shown.file.filename().string();
}

std::vector<Case> cases() {
  std::vector<Case> found;
  for (const auto& folder : std::filesystem::directory_iterator(source("tests/checks"))) {
    if (folder.is_directory()) {
      for (const auto& file : testing::files(folder.path(), ".json")) {
        found.push_back({folder.path().filename().string(), file});
      }
    }
  }
  std::ranges::sort(found, [](const Case& a, const Case& b) { return a.file < b.file; });
  return found;
}

class Fixture : public ::testing::TestWithParam<Case> {};

TEST_P(Fixture, GivesTheVerdictsItExpects) {
  const json fixture = testing::read_json(GetParam().file);
  ASSERT_TRUE(fixture.contains("about")) << "say what the fixture is for";
  ASSERT_TRUE(fixture.contains("expect"));
  std::vector<model::Verdict> verdicts = testing::judge(GetParam().check, fixture);
  EXPECT_EQ(verdicts.size(), fixture["expect"].size());
  for (const json& row : fixture["expect"]) {
    const auto found =
        std::ranges::find_if(verdicts, [&row](const model::Verdict& v) { return matches(v, row); });
    if (found != verdicts.end()) {
      verdicts.erase(found);
    } else {
      ADD_FAILURE() << "no verdict like " << row.dump();
    }
  }
  for (const model::Verdict& left : verdicts) {
    ADD_FAILURE() << "unexpected: " << describe(left);
  }
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  std::string name = info.param.check + "__" + info.param.file.stem().string();
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Checks, Fixture, ::testing::ValuesIn(cases()), name_of);

TEST(Catalogue, EveryCheckHasAFiringAndAQuietFixture) {
  for (const checks::Check* check : checks::catalogue()) {
    const auto folder = source("tests/checks/" + std::string(check->info.id));
    ASSERT_TRUE(std::filesystem::is_directory(folder)) << folder;
    bool fires = false;
    bool quiet = false;
    for (const auto& file : testing::files(folder, ".json")) {
      const json fixture = testing::read_json(file);
      const std::string name = file.filename().string();
      for (const json& row : fixture["expect"]) {
        fires = fires || (name.starts_with("fires-") && row["verdict"] == "fail");
        EXPECT_FALSE(name.starts_with("quiet-") && row["verdict"] == "fail" &&
                     fixture["expect"].size() == 1)
            << file << " is called quiet and expects a fail";
      }
      quiet = quiet || name.starts_with("quiet-");
    }
    EXPECT_TRUE(fires) << check->info.id << " has no fixture fires-*.json that expects a fail";
    EXPECT_TRUE(quiet) << check->info.id << " has no fixture quiet-*.json";
  }
}

TEST(Catalogue, EveryFixtureFolderIsACheck) {
  for (const Case& entry : cases()) {
    EXPECT_NE(checks::find_check(entry.check), nullptr) << entry.file;
  }
}

TEST(Catalogue, EveryCheckHasAPageWithEverySection) {
  for (const checks::Check* check : checks::catalogue()) {
    const std::string page =
        testing::read(source("docs/checks/" + std::string(check->info.id) + ".md"));
    EXPECT_TRUE(page.starts_with("# " + std::string(check->info.id) + "\n")) << check->info.id;
    std::size_t at = 0;
    for (const char* heading : {"What it looks at", "Why it matters", "How to fix", "When to waive",
                                "Evidence", "Options", "References"}) {
      const std::size_t found = page.find("\n## " + std::string(heading) + "\n", at);
      ASSERT_NE(found, std::string::npos)
          << check->info.id << " lacks \"" << heading << "\", or has it out of order";
      at = found;
    }
    for (const model::OptionInfo& option : check->info.options) {
      EXPECT_NE(page.find("`" + std::string(option.name) + "`"), std::string::npos)
          << check->info.id << ": the page does not explain " << option.name;
    }
  }
}

TEST(Catalogue, DescribesItselfWell) {
  const auto practices = model::practices();
  for (const checks::Check* check : checks::catalogue()) {
    const model::CheckInfo& info = check->info;
    EXPECT_TRUE(std::ranges::any_of(practices, [&info](const model::Practice& p) {
      return p.id == info.practice;
    })) << info.id;
    EXPECT_FALSE(info.title.empty()) << info.id;
    for (const model::OptionInfo& option : info.options) {
      EXPECT_LE(option.minimum, option.otherwise) << info.id << " " << option.name;
      EXPECT_GE(option.maximum, option.otherwise) << info.id << " " << option.name;
      EXPECT_FALSE(option.help.empty()) << info.id << " " << option.name;
    }
  }
}

/// The base is a job as it should be: no check may fire on it.
TEST(Catalogue, IsQuietOnAHealthyJob) {
  const model::Snapshot snapshot = testing::look(testing::recording_of(json::object()));
  for (const model::Verdict& verdict : checks::evaluate(snapshot, checks::catalogue(), {})) {
    EXPECT_NE(verdict.outcome, model::Outcome::fail) << verdict.check << ": " << describe(verdict);
  }
}

/// Nothing known gives nothing but unknown: no check guesses.
TEST(Catalogue, IsUnknownWhereNothingIsRecorded) {
  json recording = testing::recording_of(json::object());
  for (const char* path : {"/config", "/jobmanager/config", "/taskmanagers",
                           "/taskmanagers/metrics?get=*", "/jobmanager/metrics?get=*"}) {
    recording["answers"].erase(path);
  }
  std::vector<std::string> of_jobs;
  for (const auto& [path, answer] : recording["answers"].items()) {
    if (path.starts_with("/jobs/0")) {
      of_jobs.push_back(path);
    }
  }
  for (const std::string& path : of_jobs) {
    recording["answers"].erase(path);
  }
  const auto verdicts = checks::evaluate(testing::look(recording), checks::catalogue(), {});
  EXPECT_GE(verdicts.size(), checks::catalogue().size());
  for (const model::Verdict& verdict : verdicts) {
    EXPECT_EQ(verdict.outcome, model::Outcome::unknown)
        << verdict.check << ": " << describe(verdict);
    EXPECT_FALSE(verdict.reason.empty()) << verdict.check;
  }
}

}  // namespace
}  // namespace auditor
