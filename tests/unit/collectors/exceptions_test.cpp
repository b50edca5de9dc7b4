#include "collectors/wire/exceptions.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "checks/engine.h"
#include "collectors/collection.h"
#include "collectors/recording.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/fixture.h"

namespace auditor::collectors {
namespace {

using nlohmann::json;

constexpr auto job_path = "/jobs/00000000000000000000000000000a01";
const std::string exceptions_path = std::string(job_path) + "/exceptions";

class SickCluster : public ::testing::TestWithParam<std::string> {
 protected:
  json answers = testing::read_json(
      testing::source("tests/recordings/sick-" + GetParam() + ".json.gz"))["answers"];
  json truth = testing::read_json(
      testing::source("tests/recordings/sick-" + GetParam() + ".truth.json"))["jobs"];

  model::JobExceptions exceptions(const std::string& job) {
    const std::string path = "/jobs/" + truth[job]["jid"].get<std::string>() + "/exceptions";
    auto decoded = wire::decode_exceptions(answers[path]["body"].dump());
    EXPECT_TRUE(decoded) << decoded.error().message;
    return std::move(*decoded);
  }
};

TEST_P(SickCluster, TellsManyFailuresOfOneCause) {
  for (const auto& [job, title] :
       {std::pair("restart-loop",
                  "java.lang.IllegalStateException: lab: failing on purpose after 3000 ms"),
        std::pair("failing-snapshots",
                  "java.lang.IllegalStateException: lab: snapshot fails on purpose")}) {
    SCOPED_TRACE(job);
    const model::JobExceptions found = exceptions(job);
    ASSERT_GE(found.history.size(), 13U);
    std::set<std::string> causes;
    for (std::size_t i = 0; i < found.history.size(); ++i) {
      const model::RootException& root = found.history[i];
      EXPECT_EQ(root.index, i);
      EXPECT_EQ(root.exception.title, title);
      EXPECT_TRUE(root.exception.task.starts_with("remember -> even"));
      EXPECT_TRUE(root.exception.at);
      EXPECT_LE(root.exception.trace.size(), 2048U);
      causes.insert(root.exception.fingerprint);
      if (GetParam() == "1.13.6") {
        EXPECT_TRUE(root.exception.task_manager.starts_with("localhost:"));
      } else {
        EXPECT_EQ(root.exception.task_manager, "sick-" + GetParam() + "-tm1");
      }
    }
    EXPECT_EQ(causes.size(), 1U);
  }
  EXPECT_TRUE(exceptions("hot-key").history.empty());
}

/// The same job on three releases of Flink.
TEST_P(SickCluster, TellsTheCauseAlikeOnEveryRelease) {
  EXPECT_EQ(exceptions("restart-loop").history[0].exception.fingerprint,
            "6c636d317faa4f2ae544831750bcb609");
  EXPECT_EQ(exceptions("failing-snapshots").history[0].exception.fingerprint,
            "cd344a497bc66b1c1a98deea3db5be6e");
}

INSTANTIATE_TEST_SUITE_P(Releases, SickCluster, ::testing::Values("1.13.6", "1.20.5", "2.3.0"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

TEST(Exceptions, AreBoundedWhateverTheServerSends) {
  json entry{{"exceptionName", std::string(5000, 'n')},
             {"stacktrace", "a.B: " + std::string(1 << 20, 'x')},
             {"timestamp", 5},
             {"taskName", std::string(5000, 't')},
             {"concurrentExceptions", json::array()}};
  for (int i = 0; i < 500; ++i) {
    entry["concurrentExceptions"].push_back(
        {{"exceptionName", "a.C"},
         {"stacktrace", "a.C: m\n\tat lab.F" + std::string(static_cast<std::size_t>(i) + 1, 'f') +
                            ".g(F.java:1)"},
         {"timestamp", 6}});
  }
  json body{{"exceptionHistory", {{"entries", json::array()}, {"truncated", true}}}};
  for (int i = 0; i < 30; ++i) {
    body["exceptionHistory"]["entries"].push_back(entry);
  }
  const auto decoded = wire::decode_exceptions(body.dump());
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->history.size(), 20U);
  EXPECT_LE(decoded->history[0].exception.trace.size(), 2048U);
  EXPECT_LE(decoded->history[0].exception.name.size(), 310U);
  EXPECT_LE(decoded->history[0].exception.task.size(), 310U);
  EXPECT_EQ(decoded->history[0].concurrent.size(), 4U);
  EXPECT_EQ(decoded->history[0].concurrent_count, 500U);
}

TEST(Exceptions, AreReadWhateverShapeTheyHave) {
  EXPECT_FALSE(wire::decode_exceptions("{}"));
  EXPECT_FALSE(wire::decode_exceptions("[]"));
  EXPECT_FALSE(wire::decode_exceptions(R"({"exceptionHistory":{"entries":7}})"));
  const auto odd = wire::decode_exceptions(R"json({"exceptionHistory": {"entries": [7, {},
      {"stacktrace": 3, "timestamp": "x", "location": null, "concurrentExceptions": [1, {}]}]},
      "root-exception": null, "all-exceptions": [2, {"exception": "a.B: c", "task": "t",
      "location": "(unassigned)", "timestamp": -1}]})json");
  ASSERT_TRUE(odd) << odd.error().message;
  ASSERT_EQ(odd->history.size(), 2U);
  EXPECT_EQ(odd->history[1].index, 2U);
  EXPECT_EQ(odd->history[1].exception.at, std::nullopt);
  EXPECT_EQ(odd->root, std::nullopt);
  ASSERT_EQ(odd->of_executions.size(), 1U);
  EXPECT_EQ(odd->of_executions[0].task_manager, "");
  EXPECT_EQ(odd->of_executions[0].at, std::nullopt);
}

TEST(Exceptions, TellOfLostTaskManagersWhereverTheyStand) {
  const auto decoded = wire::decode_exceptions(R"json({"exceptionHistory": {"entries": [
      {"exceptionName": "a.B", "stacktrace": "a.B: failed", "timestamp": 1,
       "taskManagerId": "tm-2", "concurrentExceptions": [
         {"exceptionName": "a.C", "stacktrace": "a.C: to recipient [Actor[x.tcp://flink@host:1/user/rpc/taskmanager_0#1]]: RecipientUnreachableException",
          "timestamp": 1, "taskManagerId": "tm-1"}]}]},
      "all-exceptions": [{"exception": "a.D: node is shutting down", "task": "t", "timestamp": 1}],
      "root-exception": "a.E: TaskManager with id tm-3 is no longer reachable", "timestamp": 1})json");
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_FALSE(decoded->history.at(0).exception.end.told);
  EXPECT_EQ(decoded->history[0].concurrent.at(0).end.loss,
            (model::TaskManagerLoss{model::LossSign::unanswered, "tm-1", "host:1"}));
  EXPECT_TRUE(decoded->of_executions.at(0).end.drained);
  ASSERT_TRUE(decoded->root && decoded->root->end.loss);
  EXPECT_EQ(decoded->root->end.loss->id, "tm-3");
}

/// Looks of a daemon, one after the other, at answers that change between them.
class ExceptionsOverTime : public ::testing::Test {
 protected:
  /// How often the exceptions are asked for in one more look.
  std::ptrdiff_t look() {
    now += std::chrono::seconds(30);
    const auto recording = Recording::parse(document.dump());
    Collection collection("http://flink", checks::demand(checks::catalogue(), {}), {},
                          std::move(previous), now);
    std::vector<std::string> asked;
    for (auto paths = collection.take_requests(); !paths.empty();
         paths = collection.take_requests()) {
      for (const std::string& path : paths) {
        asked.push_back(path);
        auto answer = recording->answer(path);
        if (answer) {
          answer->received_at = now;
        }
        collection.accept(path, answer);
      }
    }
    previous = std::make_shared<const model::Snapshot>(collection.finish(now, {}));
    return std::ranges::count(asked, exceptions_path);
  }

  json& body(const std::string& path) { return document["answers"][path]["body"]; }
  const model::Part<model::JobExceptions>& part() { return previous->jobs.at(0).exceptions; }

  json document = testing::recording_of(json::object());
  std::shared_ptr<const model::Snapshot> previous;
  base::Timestamp now{std::chrono::hours(500'000)};
};

TEST_F(ExceptionsOverTime, AreAskedForOnlyWhenSomethingMoved) {
  EXPECT_EQ(look(), 1);
  const std::uint64_t first = part().revision;
  body(job_path)["now"] = 1'795'000'030'000;
  EXPECT_EQ(look(), 0);
  EXPECT_TRUE(part().known());
  EXPECT_EQ(part().revision, first);

  body(job_path)["state"] = "RESTARTING";
  body(job_path)["timestamps"]["RESTARTING"] = 1'795'000'040'000;
  body(exceptions_path)["exceptionHistory"]["entries"].push_back(
      {{"exceptionName", "a.B"}, {"stacktrace", "a.B: c"}, {"timestamp", 1'795'000'040'000}});
  EXPECT_EQ(look(), 1);
  EXPECT_NE(part().revision, first);
  EXPECT_EQ(look(), 1) << "not RUNNING: more may come";
  body(job_path)["state"] = "RUNNING";
  body(job_path)["timestamps"]["RUNNING"] = 1'795'000'050'000;
  EXPECT_EQ(look(), 1);
  EXPECT_EQ(look(), 0);

  body(job_path)["vertices"][0]["start-time"] = 1'795'000'100'000;
  EXPECT_EQ(look(), 1);
  body(std::string(job_path) + "/checkpoints")["counts"]["restored"] = 1;
  EXPECT_EQ(look(), 1) << "it restarted between two answers of one look";
  EXPECT_EQ(look(), 0);
}

TEST_F(ExceptionsOverTime, AreAskedForAgainWhereTheyCouldNotBeRead) {
  document["answers"][exceptions_path]["status"] = 500;
  EXPECT_EQ(look(), 1);
  EXPECT_FALSE(part().known());
  EXPECT_EQ(look(), 1);
  document["answers"][exceptions_path]["status"] = 200;
  EXPECT_EQ(look(), 1);
  EXPECT_TRUE(part().known());
  EXPECT_EQ(look(), 0);
}

TEST_F(ExceptionsOverTime, OfAJobThatFailedAreReadOnce) {
  EXPECT_EQ(look(), 1);
  body("/jobs/overview")["jobs"][0]["state"] = "FAILED";
  body(job_path)["state"] = "FAILED";
  EXPECT_EQ(look(), 1);
  ASSERT_EQ(previous->jobs.size(), 1U);
  EXPECT_EQ(previous->jobs[0].details.value->state, model::JobState::failed);
  EXPECT_EQ(look(), 0);
  ASSERT_EQ(previous->jobs.size(), 1U);
  EXPECT_TRUE(part().known());
  // Started again, it is of the past.
  json row = body("/jobs/overview")["jobs"][0];
  row["jid"] = "00000000000000000000000000000b02";
  row["state"] = "RUNNING";
  row["start-time"] = 1'795'000'200'000;
  body("/jobs/overview")["jobs"].push_back(row);
  look();
  ASSERT_EQ(previous->jobs.size(), 1U);
  EXPECT_EQ(previous->jobs[0].overview.id.value, "00000000000000000000000000000b02");
  EXPECT_EQ(previous->terminal_jobs, 1U);
}

}  // namespace
}  // namespace auditor::collectors
