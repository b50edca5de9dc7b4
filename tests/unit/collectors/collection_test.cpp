#include "collectors/collection.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "checks/engine.h"
#include "checks/judge.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/fixture.h"

namespace auditor::collectors {
namespace {

using nlohmann::json;

constexpr const char* job_id = "00000000000000000000000000000a01";

/// Runs a collection against answers by path; what is not there is 404.
class Server {
 public:
  static constexpr base::Timestamp now{std::chrono::hours(500'000)};

  explicit Server(json answers) : answers_(std::move(answers)) {}

  base::Result<model::Snapshot> look(const Budget& budget = {},
                                     std::shared_ptr<const model::Snapshot> previous = nullptr) {
    Collection collection("http://test", checks::demand(checks::catalogue(), {}), budget,
                          std::move(previous), at);
    for (auto paths = collection.take_requests(); !paths.empty();
         paths = collection.take_requests()) {
      for (const std::string& path : paths) {
        requests.push_back(path);
        Answer answer{404, "", "", R"({"errors":["Not found: )" + path + "\"]}", at};
        if (answers_.contains(path)) {
          const json& stored = answers_[path];
          answer.status = stored["status"];
          answer.body = stored["body"].is_string() ? stored["body"].get<std::string>()
                                                   : stored["body"].dump();
        }
        collection.accept(path, answer);
      }
    }
    if (collection.failure()) {
      return tl::unexpected(*collection.failure());
    }
    return collection.finish({}, {});
  }

  std::vector<std::string> requests;
  base::Timestamp at = now;

 private:
  json answers_;
};

json base_answers() {
  return testing::recording_of(json::object())["answers"];
}

TEST(Collection, AsksForEachDocumentOnceAndForLittle) {
  Server server(base_answers());
  ASSERT_TRUE(server.look());
  std::vector<std::string> sorted = server.requests;
  std::ranges::sort(sorted);
  EXPECT_EQ(std::ranges::adjacent_find(sorted), sorted.end()) << "something is asked twice";
  const auto of_the_job = std::ranges::count_if(
      sorted, [](const std::string& path) { return path.starts_with("/jobs/0"); });
  EXPECT_LE(of_the_job, 13);
  EXPECT_EQ(server.requests.front(), "/config") << "first of all: is this Flink?";
}

TEST(Collection, AsksForLittleInASteadyLook) {
  Server server(base_answers());
  const auto first = server.look();
  ASSERT_TRUE(first);
  auto previous = std::make_shared<const model::Snapshot>(*first);
  for (int i = 0; i < 5; ++i) {
    server.requests.clear();
    server.at += std::chrono::minutes(1);
    const auto next = server.look({.vertex_requests_per_job = 3, .wants_job = {}}, previous);
    ASSERT_TRUE(next);
    previous = std::make_shared<const model::Snapshot>(*next);
    EXPECT_LE(server.requests.size(), 8U) << "all of a cluster with one job";
  }
}

/// The body of /config decides: a server that is not Flink is asked one question, not ten.
TEST(Collection, LeavesAServerThatIsNotFlinkAlone) {
  json answers = base_answers();
  answers["/config"]["body"] = json{{"status", "ok"}};
  Server server(answers);
  const auto snapshot = server.look();
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().kind, base::ErrorKind::not_flink);
  EXPECT_EQ(server.requests, std::vector<std::string>{"/config"});
}

/// GET /jobs/:id/yarn-cancel kills a job. Nothing that a server sends may lead there.
TEST(Collection, NeverPutsAForgedIdIntoAPath) {
  for (const std::string id : {"a/yarn-cancel", "..", "x?y", "a b", "%2e%2e", ""}) {
    json answers = base_answers();
    answers["/jobs/overview"]["body"]["jobs"][0]["jid"] = id;
    Server server(answers);
    const auto snapshot = server.look();
    ASSERT_TRUE(snapshot);
    for (const std::string& path : server.requests) {
      EXPECT_FALSE(path.starts_with("/jobs/") && path != "/jobs/overview") << path;
    }
    ASSERT_EQ(snapshot->jobs.size(), 1U);
    EXPECT_FALSE(snapshot->jobs[0].details.known());
  }
  json answers = base_answers();
  json& tasks =
      answers[std::string("/jobs/") + job_id + "/checkpoints/details/42"]["body"]["tasks"];
  json task = *tasks.begin();
  task["state_size"] = 1LL << 50;
  tasks["../../yarn-cancel"] = task;
  Server server(answers);
  ASSERT_TRUE(server.look());
  for (const std::string& path : server.requests) {
    EXPECT_EQ(path.find("cancel"), std::string::npos) << path;
  }
}

TEST(Collection, LeavesOutAJobThatEndedMeanwhile) {
  json answers = base_answers();
  answers.erase(std::string("/jobs/") + job_id);
  Server server(answers);
  const auto snapshot = server.look();
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->jobs.empty());
}

TEST(Collection, KeepsTheOtherJobsWhereOneFails) {
  json answers = base_answers();
  answers["/jobs/overview"]["body"]["jobs"].push_back(
      {{"jid", "b2"}, {"name", "broken"}, {"state", "RUNNING"}});
  answers["/jobs/b2"] = {
      {"status", 500},
      {"body",
       R"({"errors":["Internal server error.","<Exception on server side:\nboom\nat x"]})"}};
  Server server(answers);
  const auto snapshot = server.look();
  ASSERT_TRUE(snapshot);
  ASSERT_EQ(snapshot->jobs.size(), 2U);
  EXPECT_TRUE(snapshot->jobs[0].checkpoints.known());
  ASSERT_FALSE(snapshot->jobs[1].details.known());
  EXPECT_EQ(snapshot->jobs[1].details.value.error().message, "GET /jobs/b2: status 500 (boom)");
}

TEST(Collection, AsksNothingMoreOfAJobThatDoesNotRunYet) {
  json answers = base_answers();
  answers[std::string("/jobs/") + job_id]["body"]["plan"] = json::object();
  Server server(answers);
  ASSERT_TRUE(server.look());
  const std::string job = std::string("/jobs/") + job_id;
  EXPECT_EQ(std::ranges::count_if(server.requests,
                                  [&](const std::string& path) {
                                    return path.starts_with(job) && path != job &&
                                           path != job + "/exceptions";
                                  }),
            0);
}

TEST(Collection, CountsEndedJobsWithoutAskingForThem) {
  json answers = base_answers();
  answers["/jobs/overview"]["body"]["jobs"].push_back(
      {{"jid", "b2"}, {"name", "done"}, {"state", "FINISHED"}});
  Server server(answers);
  const auto snapshot = server.look();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->terminal_jobs, 1U);
  EXPECT_EQ(std::ranges::count(server.requests, "/jobs/b2"), 0);
}

TEST(Collection, SamplesAtMostItsBudgetOfVertices) {
  json answers = base_answers();
  const std::string job = std::string("/jobs/") + job_id;
  answers[job + "/checkpoints/config"]["body"]["state_backend"] = "HashMapStateBackend";
  json& tasks = answers[job + "/checkpoints/details/42"]["body"]["tasks"];
  json task = *tasks.begin();
  task["state_size"] = 1LL << 40;
  for (int i = 0; i < 50; ++i) {
    tasks["v" + std::to_string(i)] = task;
  }
  Server server(answers);
  const auto snapshot = server.look();
  ASSERT_TRUE(snapshot);
  const auto sampled = std::ranges::count_if(server.requests, [](const std::string& path) {
    return path.find("/details/42/subtasks/") != std::string::npos;
  });
  const auto of_vertices = std::ranges::count_if(server.requests, [&](const std::string& path) {
    return path.starts_with(job + "/vertices/");
  });
  EXPECT_EQ(sampled + of_vertices, 20);
  EXPECT_GE(snapshot->jobs[0].subtask_state.value->not_sampled.size(), 30U);
}

/// A checkpoint in progress for 400 s, which three of four subtasks of the sink hold up.
json with_stuck_checkpoint() {
  json answers = base_answers();
  const std::string checkpoints = std::string("/jobs/") + job_id + "/checkpoints";
  json entry = answers[checkpoints]["body"]["history"][0];
  entry.update({{"id", 43},
                {"status", "IN_PROGRESS"},
                {"trigger_timestamp", 1'794'999'600'000},
                {"latest_ack_timestamp", 1'794'999'600'005},
                {"end_to_end_duration", 5},
                {"num_acknowledged_subtasks", 5}});
  json& history = answers[checkpoints]["body"]["history"];
  history.insert(history.begin(), entry);
  json details = answers[checkpoints + "/details/42"];
  details["body"]["id"] = 43;
  json& sink = details["body"]["tasks"]["8eeed16b661251f13cfc6a3c5e75c420"];
  sink["num_acknowledged_subtasks"] = 1;
  answers[checkpoints + "/details/43"] = details;
  json subtasks = answers[checkpoints + "/details/42/subtasks/8eeed16b661251f13cfc6a3c5e75c420"];
  for (const std::size_t i : {1U, 2U, 3U}) {
    subtasks["body"]["subtasks"][i] = {{"index", i}, {"status", "pending_or_failed"}};
  }
  answers[checkpoints + "/details/43/subtasks/8eeed16b661251f13cfc6a3c5e75c420"] = subtasks;
  return answers;
}

TEST(Collection, AsksWhatAStuckCheckpointWaitsFor) {
  Server server(with_stuck_checkpoint());
  const auto snapshot = server.look();
  ASSERT_TRUE(snapshot);
  const auto& part = snapshot->jobs.at(0).unfinished_checkpoint;
  ASSERT_TRUE(part.known()) << part.value.error().message;
  EXPECT_EQ(part.value->id, 43);
  EXPECT_EQ(part.value->vertex.value, "8eeed16b661251f13cfc6a3c5e75c420");
  EXPECT_EQ(part.value->waiting, (std::vector<std::size_t>{1, 2, 3}));
}

/// What is stuck stays as it is: a steady look asks for the list of checkpoints alone.
TEST(Collection, AsksForCheckpointsAgainOnlyWhenTheyMove) {
  Server server(with_stuck_checkpoint());
  const auto first = server.look();
  ASSERT_TRUE(first);
  server.requests.clear();
  const auto second = server.look({}, std::make_shared<const model::Snapshot>(*first));
  ASSERT_TRUE(second);
  std::vector<std::string> of_checkpoints;
  for (const std::string& path : server.requests) {
    if (path.find("/checkpoints") != std::string::npos ||
        (path.find("/vertices") != std::string::npos &&
         path.find("/metrics") == std::string::npos)) {
      of_checkpoints.push_back(path);
    }
  }
  EXPECT_EQ(of_checkpoints,
            std::vector<std::string>{std::string("/jobs/") + job_id + "/checkpoints"});
  EXPECT_EQ(second->jobs.at(0).unfinished_checkpoint.revision,
            first->jobs.at(0).unfinished_checkpoint.revision);
  EXPECT_EQ(second->jobs.at(0).subtask_state.revision, first->jobs.at(0).subtask_state.revision);
}

TEST(Collection, KeepsToItsBudgetWhereCheckpointsAreSickInEachWay) {
  json answers = with_stuck_checkpoint();
  const std::string checkpoints = std::string("/jobs/") + job_id + "/checkpoints";
  answers[checkpoints + "/details/41"] = answers[checkpoints + "/details/42"];
  for (const char* vertex :
       {"45b0254a46cabbc3efeea5d2e170ea5b", "8eeed16b661251f13cfc6a3c5e75c420"}) {
    json subtasks = answers[checkpoints + "/details/42/subtasks/" + vertex];
    subtasks["body"]["subtasks"][0]["checkpoint"]["async"] = 50'000;
    answers[checkpoints + "/details/42/subtasks/" + vertex] = subtasks;
  }
  for (const std::size_t budget : {0U, 1U, 2U, 3U}) {
    Server server(answers);
    Budget most;
    most.vertex_requests_per_job = budget;
    ASSERT_TRUE(server.look(most));
    const auto of_vertices = std::ranges::count_if(server.requests, [](const std::string& path) {
      return path.find("/subtasks/") != std::string::npos ||
             path.find("/vertices/") != std::string::npos;
    });
    EXPECT_LE(of_vertices, static_cast<std::ptrdiff_t>(budget));
  }
}

TEST(Collection, OfAHistoryServerTakesEndedJobs) {
  json answers = base_answers();
  answers["/config"]["body"]["features"]["web-history"] = true;
  const std::string job = std::string("/jobs/") + job_id;
  answers["/jobs/overview"]["body"]["jobs"][0]["state"] = "FINISHED";
  answers[job]["body"]["state"] = "FINISHED";
  answers[job + "/jobmanager/config"] = answers["/jobmanager/config"];
  answers.erase("/jobmanager/config");
  answers.erase("/taskmanagers");
  Server server(answers);
  const auto snapshot = server.look();
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->is_history_server());
  ASSERT_EQ(snapshot->jobs.size(), 1U);
  EXPECT_TRUE(snapshot->jobs[0].cluster_configuration.known());
  std::size_t judged = 0;
  for (const model::Verdict& verdict : checks::evaluate(*snapshot, checks::catalogue(), {})) {
    if (verdict.subject->kind == model::SubjectKind::cluster &&
        verdict.check != "cluster-unreachable") {
      EXPECT_EQ(verdict.outcome, model::Outcome::not_applicable) << verdict.check;
    }
    judged += verdict.outcome == model::Outcome::pass ? 1U : 0U;
  }
  EXPECT_GE(judged, 8U);
}

/// 2^62 key groups would keep a check that counts to them busy for ever.
TEST(Collection, TakesNoParallelismThatFlinkCannotHave) {
  json answers = base_answers();
  const std::string job = std::string("/jobs/") + job_id;
  answers[job]["body"]["maxParallelism"] = 1LL << 62;
  answers[job]["body"]["vertices"][0]["maxParallelism"] = 1LL << 62;
  answers[job]["body"]["vertices"][0]["parallelism"] = -7;
  Server server(answers);
  const auto snapshot = server.look();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->jobs[0].details.value->max_parallelism, std::nullopt);
  EXPECT_EQ(snapshot->jobs[0].details.value->vertices[0].max_parallelism, std::nullopt);
  EXPECT_EQ(snapshot->jobs[0].details.value->vertices[0].parallelism, std::nullopt);
  EXPECT_FALSE(checks::evaluate(*snapshot, checks::catalogue(), {}).empty());
}

TEST(Collection, ReadsWhateverShapeAFieldHas) {
  json answers = base_answers();
  const std::string job = std::string("/jobs/") + job_id;
  answers[job + "/checkpoints"]["body"]["history"][0]["checkpointed_size"] = json::object();
  answers[job + "/checkpoints"]["body"]["latest"]["completed"]["end_to_end_duration"] = "NaN";
  answers[job]["body"]["vertices"][0]["maxParallelism"] = "many";
  answers[job]["body"]["vertices"][1] = 7;
  answers[job]["body"]["plan"]["nodes"].push_back(
      {{"id", "no-vertex"}, {"inputs", {{{"num", "x"}}}}});
  Server server(answers);
  const auto snapshot = server.look();
  ASSERT_TRUE(snapshot);
  const model::JobSnapshot& seen = snapshot->jobs.at(0);
  EXPECT_EQ(seen.checkpoints.value->history[0].checkpointed_size, std::nullopt);
  EXPECT_EQ(seen.checkpoints.value->latest_completed->duration, std::nullopt);
  EXPECT_EQ(seen.details.value->vertices.at(0).max_parallelism, std::nullopt);
  EXPECT_EQ(seen.details.value->vertices.size(), 1U);
  EXPECT_EQ(seen.details.value->plan.size(), 3U);
  checks::evaluate(*snapshot, checks::catalogue(), {});
}

}  // namespace
}  // namespace auditor::collectors
