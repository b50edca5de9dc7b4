#include "checks/judge.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "checks/engine.h"
#include "collectors/collection.h"
#include "collectors/recording.h"
#include "tests/unit/support/files.h"
#include "tests/unit/support/fixture.h"

namespace auditor::checks {
namespace {

using nlohmann::json;

constexpr auto job_path = "/jobs/00000000000000000000000000000a01";

/// A look at the recording, with what the look before it saw. `missing` is not answered; `asked`,
/// where given, gets the paths.
std::shared_ptr<const model::Snapshot> look(const base::Result<collectors::Recording>& recording,
                                            std::shared_ptr<const model::Snapshot> previous,
                                            base::Timestamp now, const std::string& missing = "",
                                            std::set<std::string>* asked = nullptr) {
  collectors::Collection collection("http://flink", demand(catalogue(), {}), {},
                                    std::move(previous), now);
  for (auto paths = collection.take_requests(); !paths.empty();
       paths = collection.take_requests()) {
    for (const std::string& path : paths) {
      if (asked != nullptr) {
        asked->insert(path);
      }
      auto answer = path == missing ? base::fail(base::ErrorKind::timed_out, "no answer")
                                    : recording->answer(path);
      if (answer) {
        answer->received_at = now;
      }
      collection.accept(path, answer);
    }
  }
  return std::make_shared<const model::Snapshot>(collection.finish(now, {}));
}

std::shared_ptr<const model::Snapshot> look(const json& document,
                                            std::shared_ptr<const model::Snapshot> previous,
                                            base::Timestamp now) {
  return look(collectors::Recording::parse(document.dump()), std::move(previous), now);
}

/// What a verdict says; `observed_at` aside, which a kept verdict keeps.
std::string told(const model::Verdict& verdict) {
  std::string text = verdict.check.text() + "|" + std::string(to_text(verdict.outcome)) + "|" +
                     std::string(to_text(verdict.severity)) + "|" + verdict.message.text() + "|" +
                     verdict.reason.text() + "|" + verdict.fingerprint.text();
  for (const model::Evidence& evidence : verdict.evidence) {
    text += "|" + evidence.label.text();
    if (evidence.source) {
      text += "=" + evidence.source->path.text() + "#" + evidence.source->pointer;
    }
  }
  return text;
}

TEST(Judge, SaysLookAfterLookWhatALookOnItsOwnSays) {
  json document = testing::recording_of(json::object());
  const auto body = [&document](const std::string& path) -> json& {
    return document["answers"][path]["body"];
  };
  const std::vector<std::function<void()>> changes{
      [] {},
      [&] { body(job_path)["now"] = 1'794'999'999'999; },
      // Nothing but time has passed, and a TaskManager's heartbeat has become old.
      [&] { body(job_path)["now"] = 1'795'000'600'000; },
      [&] { body(job_path)["maxParallelism"] = -1; },
      [&] { body(job_path)["vertices"][0]["parallelism"] = 3; },
      [&] { body(std::string(job_path) + "/checkpoints")["history"] = json::array(); },
      [&] { body("/taskmanagers")["taskmanagers"] = json::array(); },
      [&] {
        json row = body("/jobs/overview")["jobs"][0];
        row["jid"] = "00000000000000000000000000000b02";
        document["answers"]["/jobs/00000000000000000000000000000b02"] =
            document["answers"][job_path];
        body("/jobs/00000000000000000000000000000b02")["jid"] = row["jid"];
        body("/jobs/overview")["jobs"].push_back(row);
      },
      // An ended job before them moves the rows that evidence points at.
      [&] {
        json row = body("/jobs/overview")["jobs"][0];
        row["jid"] = "00000000000000000000000000000c03";
        row["state"] = "FINISHED";
        row["name"] = "ended";
        body("/jobs/overview")["jobs"].insert(body("/jobs/overview")["jobs"].begin(), row);
      },
      [&] { body(job_path)["state"] = "CREATED"; },
      [&] { body(job_path)["state"] = "RUNNING"; },
  };
  Judge judge(catalogue());
  std::shared_ptr<const model::Snapshot> previous;
  base::Timestamp now{std::chrono::hours(500'000)};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    changes[i]();
    now += std::chrono::seconds(30);
    previous = look(document, previous, now);
    const model::VerdictList kept = judge.judge(*previous, {}, {});
    const std::vector<model::Verdict> fresh = evaluate(*previous, catalogue(), {});
    ASSERT_EQ(kept.size(), fresh.size()) << "change " << i;
    for (std::size_t k = 0; k < fresh.size(); ++k) {
      EXPECT_EQ(told(kept[k]), told(fresh[k])) << "change " << i;
    }
  }
}

/// Each answer is missing once, in a look between two that have it.
TEST(Judge, SaysOfManyJobsWhatALookOnItsOwnSays) {
  for (const char* const name : {"sick-1.20.5", "ready-2.3.0"}) {
    const auto recording = collectors::Recording::read(
        testing::source("tests/recordings/" + std::string(name) + ".json.gz").string());
    ASSERT_TRUE(recording.has_value()) << name;
    Judge judge(catalogue());
    base::Timestamp now{std::chrono::hours(500'000)};
    std::set<std::string> paths;
    auto previous = look(recording, nullptr, now, "", &paths);
    ASSERT_GT(previous->jobs.size(), 1U) << name;
    std::size_t differ = 0;
    std::string before;
    const auto compare = [&](const std::string& missing) {
      now += std::chrono::seconds(30);
      previous = look(recording, previous, now, missing);
      const model::VerdictList kept = judge.judge(*previous, {}, {});
      const std::vector<model::Verdict> fresh = evaluate(*previous, catalogue(), {});
      std::string all;
      ASSERT_EQ(kept.size(), fresh.size()) << "without " << missing;
      for (std::size_t i = 0; i < fresh.size(); ++i) {
        EXPECT_EQ(told(kept[i]), told(fresh[i])) << "without " << missing;
        all += told(fresh[i]);
      }
      differ += all == before ? 0U : 1U;
      before = std::move(all);
    };
    for (const std::string& missing : paths) {
      compare(missing);
      compare("");
    }
    EXPECT_GT(differ, paths.size() / 4) << "most of them matter";
  }
}

TEST(Judge, MakesNoVerdictAnewThatReadsTheSame) {
  const json document = testing::recording_of(json::object());
  const base::Timestamp now{std::chrono::hours(500'000)};
  Judge judge(catalogue());
  const auto first = look(document, nullptr, now);
  const model::VerdictList before = judge.judge(*first, {}, {});
  const auto second = look(document, first, now + std::chrono::seconds(30));
  const model::VerdictList after = judge.judge(*second, {}, {});
  EXPECT_FALSE(before.empty());
  EXPECT_TRUE(after.shares_with(before)) << "not even the list is made anew";

  json other = document;
  other["answers"]["/taskmanagers"]["body"]["taskmanagers"] = json::array();
  const auto third = look(other, second, now + std::chrono::seconds(60));
  const model::VerdictList changed = judge.judge(*third, {}, {});
  EXPECT_FALSE(changed.shares_with(before));
  ASSERT_EQ(changed.size(), before.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    kept += *changed.pointers()[i] == *before.pointers()[i] ? 1U : 0U;
  }
  EXPECT_GT(kept, 0U);
  EXPECT_LT(kept, changed.size());
}

TEST(Judge, TouchesNoVerdictOfOtherJobs) {
  const auto recording =
      collectors::Recording::read(testing::source("tests/recordings/sick-1.20.5.json.gz").string());
  ASSERT_TRUE(recording.has_value());
  const base::Timestamp now{std::chrono::hours(500'000)};
  Judge judge(catalogue());
  const auto first = look(recording, nullptr, now);
  const model::VerdictList before = judge.judge(*first, {}, {});
  const std::string missing = first->jobs.at(0).details.source.text() + "/checkpoints";
  const auto second = look(recording, first, now + std::chrono::seconds(30), missing);
  const model::VerdictList after = judge.judge(*second, {}, {});
  ASSERT_EQ(after.size(), before.size());
  std::size_t others = 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const auto& job = after[i].subject->job_id;
    const bool of_other = job && *job != first->jobs[0].overview.id;
    others += of_other ? 1U : 0U;
    // The very place, not only the verdict: its count of owners was not touched.
    kept += of_other && after.pointers()[i] == before.pointers()[i] ? 1U : 0U;
  }
  EXPECT_GT(others, 100U);
  EXPECT_GT(kept, others / 2);
}

/// Checks that count how often they are asked.
namespace counted {

int of_job_alone = 0;
int of_checkpoints = 0;
int made = 0;

struct Completed {
  std::size_t count;
};

std::size_t completed(const Context& context) {
  return context
      .once<Completed>([&context] {
        ++made;
        return Completed{context.get<model::CheckpointStatistics>().history.size()};
      })
      .count;
}

constexpr auto of_both = model::Resource::job | model::Resource::checkpoints;

constinit const Check reads_job{
    .info = {.id = "reads-job", .title = "", .practice = "flow", .needs = of_both},
    .evaluate = [](const Context& context, const Options&, Verdicts& out) {
      ++of_job_alone;
      out.pass(context.job(), std::string(to_text(context.get<model::JobDetails>().state)), {});
    }};

constinit const Check reads_checkpoints{
    .info = {.id = "reads-checkpoints", .title = "", .practice = "flow", .needs = of_both},
    .evaluate = [](const Context& context, const Options&, Verdicts& out) {
      out.pass(context.job(), std::to_string(completed(context)), {});
    }};

/// What it says follows from what another check has made.
constinit const Check reads_what_was_made{
    .info = {.id = "reads-what-was-made", .title = "", .practice = "flow", .needs = of_both},
    .evaluate = [](const Context& context, const Options&, Verdicts& out) {
      ++of_checkpoints;
      out.pass(context.job(), std::to_string(completed(context)), {});
    }};

}  // namespace counted

TEST(Judge, AsksOnlyChecksThatReadWhatChanged) {
  const std::vector<const Check*> checks{&counted::reads_job, &counted::reads_checkpoints,
                                         &counted::reads_what_was_made};
  json document = testing::recording_of(json::object());
  const std::string checkpoints = std::string(job_path) + "/checkpoints";
  Judge judge(checks);
  std::shared_ptr<const model::Snapshot> previous;
  base::Timestamp now{std::chrono::hours(500'000)};
  const auto said = [&](const std::string& missing = "") {
    now += std::chrono::seconds(30);
    previous = look(collectors::Recording::parse(document.dump()), previous, now, missing);
    std::vector<std::string> all;
    for (const model::Verdict& verdict : judge.judge(*previous, {}, {})) {
      all.push_back(std::string(to_text(verdict.outcome)) + " " + verdict.message.text());
    }
    return all;
  };
  const auto asked = [] {
    return std::vector<int>{std::exchange(counted::of_job_alone, 0),
                            std::exchange(counted::of_checkpoints, 0),
                            std::exchange(counted::made, 0)};
  };
  const auto first = said();
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[0], "pass RUNNING");
  EXPECT_EQ(first[1], first[2]);
  EXPECT_NE(first[1], "pass 0");
  EXPECT_EQ(asked(), (std::vector<int>{1, 1, 1}));

  EXPECT_EQ(said(), first);
  EXPECT_EQ(asked(), (std::vector<int>{0, 0, 0})) << "nothing has changed";

  document["answers"][checkpoints]["body"]["history"] = json::array();
  const auto none = said();
  EXPECT_EQ(none, (std::vector<std::string>{"pass RUNNING", "pass 0", "pass 0"}));
  EXPECT_EQ(asked(), (std::vector<int>{0, 1, 1})) << "the first declares them, and read none";

  for (const std::string& verdict : said(checkpoints)) {
    EXPECT_TRUE(verdict.starts_with("unknown")) << "even of the check that would not read them";
  }
  EXPECT_EQ(asked(), (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(said(), none) << "they are there again";
  EXPECT_EQ(asked(), (std::vector<int>{1, 1, 1}));

  document["answers"][job_path]["body"]["state"] = "FAILING";
  EXPECT_EQ(said()[0], "pass FAILING");
  EXPECT_EQ(asked(), (std::vector<int>{1, 1, 1})) << "the gate reads the job for all of them";
}

/// What is kept of a job's document.
namespace kept {

int made = 0;

struct Name {
  std::string text;
};

constinit const Check keeps{
    .info = {.id = "keeps",
             .title = "",
             .practice = "flow",
             .needs = model::Resource::job | model::Resource::checkpoints},
    .evaluate = [](const Context& context, const Options&, Verdicts& out) {
      const auto& name = context.lasting<Name>([&context] {
        ++made;
        return Name{std::string(to_text(context.get<model::JobDetails>().state))};
      });
      const auto& history = context.get<model::CheckpointStatistics>().history;
      out.pass(context.job(), name.text + " " + std::to_string(history.size()), {});
    }};

}  // namespace kept

TEST(Judge, KeepsWhatFollowsFromTheJobsDocumentUntilThatChanges) {
  const std::vector<const Check*> checks{&kept::keeps};
  json document = testing::recording_of(json::object());
  Judge judge(checks);
  std::shared_ptr<const model::Snapshot> previous;
  base::Timestamp now{std::chrono::hours(500'000)};
  const auto said = [&] {
    now += std::chrono::seconds(30);
    previous = look(document, previous, now);
    return judge.judge(*previous, {}, {})[0].message.text();
  };
  const std::string first = said();
  EXPECT_TRUE(first.starts_with("RUNNING "));
  document["answers"][std::string(job_path) + "/checkpoints"]["body"]["history"] = json::array();
  EXPECT_EQ(said(), "RUNNING 0");
  EXPECT_EQ(std::exchange(kept::made, 0), 1);
  document["answers"][job_path]["body"]["state"] = "FAILING";
  EXPECT_EQ(said(), "FAILING 0");
  EXPECT_EQ(std::exchange(kept::made, 0), 1);
}

/// Checks that no release may have.
namespace wrong {

struct Count {
  std::size_t of_checkpoints;
};

constexpr auto of_both = model::Resource::job | model::Resource::checkpoints;

constinit const Check keeps_too_much{
    .info = {.id = "keeps-too-much", .title = "", .practice = "flow", .needs = of_both},
    .evaluate = [](const Context& context, const Options&, Verdicts& out) {
      const auto& count = context.lasting<Count>(
          [&context] { return Count{context.get<model::CheckpointStatistics>().history.size()}; });
      out.pass(context.job(), std::to_string(count.of_checkpoints), {});
    }};

constinit const Check reads_undeclared{
    .info = {.id = "reads-undeclared",
             .title = "",
             .practice = "flow",
             .needs = model::Resource::job},
    .evaluate = [](const Context& context, const Options&, Verdicts& out) {
      const auto& history = context.get<model::CheckpointStatistics>().history;
      out.pass(context.job(), std::to_string(history.size()), {});
    }};

}  // namespace wrong

TEST(JudgeDeathTest, AbortsWhereAVerdictWouldNotBeMadeAnew) {
  const auto snapshot = look(testing::recording_of(json::object()), nullptr,
                             base::Timestamp{std::chrono::hours(500'000)});
  for (const Check* const check : {&wrong::keeps_too_much, &wrong::reads_undeclared}) {
    const std::vector<const Check*> checks{check};
    EXPECT_DEATH(evaluate(*snapshot, checks, {}), "") << check->info.id;
  }
}

TEST(Judge, IsToldOfNewMetricsAlone) {
  const auto recording =
      collectors::Recording::read(testing::source("tests/recordings/ready-2.3.0.json.gz").string());
  ASSERT_TRUE(recording.has_value());
  const base::Timestamp now{std::chrono::hours(500'000)};
  const auto first = look(recording, nullptr, now);
  const auto soon = look(recording, first, now + std::chrono::seconds(30));
  const auto later = look(recording, soon, now + std::chrono::seconds(90));
  ASSERT_FALSE(first->jobs.empty());
  for (std::size_t i = 0; i < first->jobs.size(); ++i) {
    const auto& before = first->jobs[i].vertex_metrics;
    ASSERT_TRUE(before.known());
    EXPECT_FALSE(before.value->vertices.empty());
    EXPECT_EQ(soon->jobs[i].vertex_metrics.revision, before.revision) << "they still hold";
    EXPECT_NE(later->jobs[i].vertex_metrics.revision, before.revision)
        << "they were asked for anew";
  }
}

TEST(Judge, IsNotToldOfMetricsThatStayUntold) {
  const auto recording =
      collectors::Recording::read(testing::source("tests/recordings/ready-2.3.0.json.gz").string());
  ASSERT_TRUE(recording.has_value());
  const base::Timestamp now{std::chrono::hours(500'000)};
  std::set<std::string> asked;
  look(recording, nullptr, now, "", &asked);
  const auto found = std::ranges::find_if(
      asked, [](const std::string& path) { return path.ends_with("/subtasks/metrics"); });
  ASSERT_NE(found, asked.end()) << "the names that a source has";
  const std::string untold = asked.extract(found).value();
  const auto first = look(recording, nullptr, now, untold);
  asked.clear();
  const auto second = look(recording, first, now + std::chrono::seconds(30), untold, &asked);
  EXPECT_TRUE(asked.contains(untold)) << "it is asked for again";
  std::size_t without = 0;
  for (std::size_t i = 0; i < first->jobs.size(); ++i) {
    const auto& before = first->jobs[i].vertex_metrics;
    ASSERT_TRUE(before.known());
    without += before.value->not_sampled.empty() ? 0U : 1U;
    EXPECT_EQ(second->jobs[i].vertex_metrics.revision, before.revision);
  }
  EXPECT_GT(without, 0U);
  const auto third = look(recording, second, now + std::chrono::seconds(45));
  EXPECT_TRUE(std::ranges::any_of(third->jobs, [&](const model::JobSnapshot& job) {
    return job.vertex_metrics.revision !=
           second->jobs[static_cast<std::size_t>(&job - third->jobs.data())]
               .vertex_metrics.revision;
  })) << "now it is told";
}

}  // namespace
}  // namespace auditor::checks
