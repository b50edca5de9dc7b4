#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "model/report.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/recordings.h"

/// Real clusters whose right verdicts are known: how each job was started is in NAME.truth.json.
namespace auditor {
namespace {

using model::Outcome;
using nlohmann::json;

class RealCluster : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto path = testing::source("tests/recordings/" + GetParam() + ".json.gz");
    auto read = collectors::Recording::read(path.string());
    ASSERT_TRUE(read) << read.error().message;
    recording = std::move(*read);
    const auto snapshot = audit::look(*recording, request);
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    report = audit::judge(*snapshot, request.settings).report;
    document = testing::read_json(path);
    truth = testing::read_json(testing::source("tests/recordings/" + GetParam() + ".truth.json"));
  }

  /// The worst outcome of a check on a job (or, with "", on the cluster); not_applicable where
  /// there is none.
  Outcome outcome(const std::string& check, const std::string& job) const {
    Outcome worst = Outcome::not_applicable;
    const auto weight = [](Outcome o) {
      return o == Outcome::fail ? 3 : o == Outcome::unknown ? 2 : o == Outcome::pass ? 1 : 0;
    };
    for (const model::Verdict& verdict : report.results) {
      if (verdict.check == check && verdict.subject->job_name.value_or("") == job &&
          weight(verdict.outcome) > weight(worst)) {
        worst = verdict.outcome;
      }
    }
    return worst;
  }

  audit::Request request;
  std::optional<collectors::Recording> recording;
  model::AuditReport report;
  json document;
  json truth;
};

TEST_P(RealCluster, IsJudgedByItsTruth) {
  const bool ha = truth["ha"];
  EXPECT_EQ(outcome("high-availability-off", ""), ha ? Outcome::pass : Outcome::fail);
  const bool ready = truth["cluster"] == "ready";
  for (const auto& [name, job] : truth["jobs"].items()) {
    SCOPED_TRACE(name);
    const std::string max_par = job.value("max_par", "");
    if (max_par == "default") {
      EXPECT_EQ(outcome("max-parallelism-unset", name), Outcome::fail);
    } else if (max_par.starts_with("explicit job") || max_par == "explicit") {
      EXPECT_EQ(outcome("max-parallelism-unset", name), Outcome::pass);
    }
    if (max_par.ends_with("no headroom")) {
      EXPECT_EQ(outcome("max-parallelism-without-headroom", name), Outcome::fail);
    }
    EXPECT_EQ(outcome("max-parallelism-needlessly-high", name) == Outcome::fail,
              max_par.ends_with("needlessly high"));
    if (job.contains("checkpointing")) {
      EXPECT_EQ(outcome("checkpointing-off", name),
                job["checkpointing"] ? Outcome::pass : Outcome::fail);
    }
    if (job.value("storage", "") == "jobmanager") {
      EXPECT_EQ(outcome("checkpoint-storage-on-jobmanager", name), Outcome::fail);
    }
    if (ready) {
      for (const char* check : {"checkpoint-storage-on-jobmanager", "checkpoints-not-retained",
                                "state-backend-unchosen", "restart-strategy-none",
                                "restart-attempts-few", "legacy-state-backend"}) {
        EXPECT_NE(outcome(check, name), Outcome::fail) << check;
        EXPECT_NE(outcome(check, name), Outcome::unknown) << check;
      }
    }
    if (job.value("sql", false)) {
      EXPECT_EQ(outcome("operator-uid-missing", name), Outcome::not_applicable);
      EXPECT_EQ(outcome("sql-plan-not-compiled", name), Outcome::fail);
    }
  }
}

/// Whether a job of the lab gave its operator a UID: which hold state is in the job's code.
bool has_uid(const std::string& mode, std::string_view vertex) {
  std::string_view name = vertex.substr(0, vertex.find(" -> "));
  if (name.starts_with("Source: ")) {
    name.remove_prefix(std::string_view("Source: ").size());
  }
  const bool stateful = name == "numbers" || name == "more-numbers" || name == "remember";
  return mode == "all" || mode == (stateful ? "stateful" : "stateless");
}

TEST_P(RealCluster, HasTheUidOfEveryVertexProved) {
  for (const auto& [name, job] : truth["jobs"].items()) {
    if (!job.contains("uids") || job.value("sql", false)) {
      continue;
    }
    SCOPED_TRACE(name);
    std::size_t vertices = 0;
    for (const model::Verdict& verdict : report.results) {
      if (verdict.check != "operator-uid-missing" || verdict.subject->job_name != name) {
        continue;
      }
      ++vertices;
      const std::string vertex = verdict.subject->vertex_name.value_or("");
      EXPECT_EQ(verdict.outcome, has_uid(job["uids"], vertex) ? Outcome::pass : Outcome::fail)
          << vertex;
      EXPECT_EQ(verdict.confidence, model::Confidence::certain) << vertex;
    }
    EXPECT_GE(vertices, 2U);
  }
}

/// Which job is sick how stands in `live`. A finding on any other job would wake somebody for
/// nothing.
TEST_P(RealCluster, HasTheRightJobsCalledSick) {
  const auto told = [this](const std::string& job) {
    std::set<std::string> fails;
    for (const model::Verdict& verdict : report.results) {
      if (verdict.practice == "liveness" && verdict.subject->job_name.value_or("") == job &&
          verdict.outcome == Outcome::fail) {
        fails.insert(verdict.check);
      }
    }
    return fails;
  };
  // A snapshot that throws in its synchronous part fails the task: that job restarts over and over.
  const std::map<std::string, std::set<std::string>> expected{
      {"restarts", {"restart-loop"}},
      {"failed checkpoints", {"restart-loop"}},
      {"waits for slots", {"tasks-not-running"}}};
  EXPECT_EQ(told(""), std::set<std::string>{}) << "the cluster itself";
  const bool no_history = truth["cluster"] == "adaptive" && truth["flink"] == "1.13.6";
  for (const auto& [name, job] : truth["jobs"].items()) {
    SCOPED_TRACE(name);
    const auto sick = expected.find(job.value("live", ""));
    EXPECT_EQ(told(name), sick == expected.end() ? std::set<std::string>{} : sick->second);
    if (sick == expected.end()) {
      EXPECT_EQ(outcome("job-not-running", name), Outcome::pass);
      EXPECT_EQ(outcome("tasks-not-running", name), Outcome::pass);
      EXPECT_EQ(outcome("taskmanager-oom", name), Outcome::pass);
      EXPECT_EQ(outcome("restart-loop", name), no_history ? Outcome::unknown : Outcome::pass);
    }
  }
  EXPECT_EQ(outcome("taskmanager-lost", ""), Outcome::pass);
}

TEST_P(RealCluster, HasTheCauseOfItsRestartsNamed) {
  for (const model::Verdict& verdict : report.results) {
    if (verdict.check != "restart-loop" || verdict.outcome != Outcome::fail) {
      continue;
    }
    const bool snapshots = verdict.subject->job_name == "failing-snapshots";
    EXPECT_NE(
        verdict.message.view().find(snapshots ? "one cause: java.lang.IllegalStateException: lab: "
                                                "snapshot fails on purpose"
                                              : "one cause: java.lang.IllegalStateException: lab: "
                                                "failing on purpose after 3000 ms"),
        std::string::npos)
        << verdict.message;
    EXPECT_GE(verdict.severity, model::Severity::high);
    if (snapshots) {
      EXPECT_EQ(verdict.severity, model::Severity::critical) << "no checkpoint ever completed";
    }
  }
}

/// Proof, not opinion: each piece of evidence stands in the answer that it names.
TEST_P(RealCluster, ProvesEachValue) {
  std::size_t proved = 0;
  for (const model::Verdict& verdict : report.results) {
    if (verdict.outcome == Outcome::fail) {
      EXPECT_FALSE(verdict.evidence.empty()) << verdict.check << " fails without evidence";
      EXPECT_FALSE(verdict.remediation.empty()) << verdict.check << " fails without a remedy";
      EXPECT_FALSE(verdict.message.empty()) << verdict.check;
    }
    for (const model::Evidence& evidence : verdict.evidence) {
      if (!evidence.source) {
        continue;
      }
      SCOPED_TRACE(verdict.check.text() + ": " + evidence.label.text() + " from " +
                   evidence.source->path.text() + "#" + evidence.source->pointer);
      // Metrics are filed all at once, and asked for by name.
      const bool filed = document["answers"].contains(evidence.source->path);
      const auto answer = recording->answer(evidence.source->path);
      ASSERT_TRUE(filed || answer);
      const json body =
          filed ? document["answers"][evidence.source->path]["body"] : json::parse(answer->body);
      const auto* const text = std::get_if<std::string>(&evidence.value);
      if (text != nullptr && *text == "not set") {
        EXPECT_EQ(evidence.source->pointer, "");
        EXPECT_TRUE(std::ranges::none_of(
            body, [&](const json& entry) { return entry.value("key", "") == evidence.label; }));
        ++proved;
        continue;
      }
      const json::json_pointer pointer(evidence.source->pointer);
      ASSERT_TRUE(body.contains(pointer));
      const json& found = body.at(pointer);
      if (text != nullptr) {
        EXPECT_EQ(found.is_string() ? found.get<std::string>() : found.dump(), *text);
      } else {
        EXPECT_EQ(found, std::visit([](const auto& value) { return json(value); }, evidence.value));
      }
      ++proved;
    }
  }
  EXPECT_GT(proved, 20U);
}

TEST_P(RealCluster, IsReadTheSameEachTime) {
  const auto path = testing::source("tests/recordings/" + GetParam() + ".json.gz").string();
  const auto read_again = collectors::Recording::read(path);
  ASSERT_TRUE(read_again);
  const auto again = audit::judge(*audit::look(*read_again, request), request.settings).report;
  EXPECT_EQ(model::to_json(again), model::to_json(report));
}

TEST_P(RealCluster, HasNoTwoVerdictsWithOneFingerprint) {
  std::set<model::Fingerprint> seen;
  for (const model::Verdict& verdict : report.results) {
    EXPECT_TRUE(seen.insert(verdict.fingerprint).second)
        << verdict.check << " on " << verdict.subject->job_name.value_or("cluster");
  }
}

INSTANTIATE_TEST_SUITE_P(Recordings, RealCluster, ::testing::ValuesIn(testing::recorded_clusters()),
                         [](const auto& test) { return testing::test_name(test.param); });

}  // namespace
}  // namespace auditor
