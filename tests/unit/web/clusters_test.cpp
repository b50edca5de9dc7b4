#include <gtest/gtest.h>

#include "base/gzip.h"
#include "tests/unit/web/world.h"

namespace auditor::web {
namespace {

using testing::noon;
using testing::WebWorld;

TEST(Clusters, AreListedWithScoreHealthAndFindings) {
  WebWorld world;
  const auto document = world.get("/api/v1/clusters");
  ASSERT_EQ(document["clusters"].size(), 2);
  EXPECT_EQ(document["total"], 2);
  EXPECT_TRUE(document["next"].is_null());
  const auto& down = document["clusters"][0];
  EXPECT_EQ(down["name"], "down");
  EXPECT_EQ(down["state"], "down");
  EXPECT_EQ(down["error"], "connection refused");
  EXPECT_TRUE(down["score"]["value"].is_null());
  EXPECT_EQ(down["health"], "unknown");
  const auto& prod = document["clusters"][1];
  EXPECT_EQ(prod["state"], "up");
  EXPECT_EQ(prod["score"]["value"], 71.25);
  EXPECT_EQ(prod["score"]["grade"], "C");
  EXPECT_EQ(prod["score"]["coverage"], 0.5);
  EXPECT_EQ(prod["health"], "amber");
  EXPECT_EQ(prod["labels"]["team"], "a");
  EXPECT_EQ(prod["jobs"], 3);
  EXPECT_EQ(prod["findings"]["high"], 1);
  EXPECT_EQ(prod["findings"]["medium"], 1);
  EXPECT_EQ(prod["findings"]["low"], 0);
  EXPECT_EQ(prod["findings"]["waived"], 1);
  EXPECT_EQ(prod["last_success"], base::format_rfc3339(noon));
}

TEST(Clusters, AreFiltered) {
  WebWorld world;
  EXPECT_EQ(world.get("/api/v1/clusters?label=team=a")["total"], 1);
  EXPECT_EQ(world.get("/api/v1/clusters?label=team%3Db")["total"], 0);
  EXPECT_EQ(world.get("/api/v1/clusters?q=PRO")["clusters"][0]["name"], "prod");
  EXPECT_EQ(world.get("/api/v1/clusters?state=down&state=gone")["clusters"][0]["name"], "down");
  EXPECT_EQ(world.get("/api/v1/clusters?sort=score")["clusters"][0]["name"], "prod");
  EXPECT_EQ(world.get("/api/v1/clusters?sort=findings")["clusters"][0]["name"], "prod");
  EXPECT_EQ(world.get("/api/v1/clusters?sort=last_success")["clusters"][0]["name"], "down");
}

TEST(Clusters, ComeInPages) {
  WebWorld world;
  const Response first = world.ask("GET", "/api/v1/clusters?limit=1&sort=score");
  const auto document = nlohmann::json::parse(first.body);
  ASSERT_EQ(document["clusters"].size(), 1);
  EXPECT_EQ(first.header("link"), "</api/v1/clusters?limit=1&sort=score&cursor=o1>; rel=\"next\"");
  const auto second = world.get("/api/v1/clusters?limit=1&sort=score&cursor=" +
                                document["next"].get<std::string>());
  EXPECT_EQ(second["clusters"][0]["name"], "down");
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_TRUE(world.get("/api/v1/clusters?cursor=o18446744073709551615")["clusters"].empty());
}

TEST(Clusters, RefuseWrongParametersByName) {
  WebWorld world;
  const auto detail = [&world](std::string_view query) {
    return world.get("/api/v1/clusters?" + std::string(query), 400)["detail"].get<std::string>();
  };
  EXPECT_EQ(detail("label=team"), "parameter \"label\": \"team\" must be name=value");
  EXPECT_EQ(detail("state=well"),
            "parameter \"state\": \"well\" must be up, down, gone or pending");
  EXPECT_EQ(detail("sort=age"),
            "parameter \"sort\": \"age\" must be one of name, score, findings, last_success");
  EXPECT_EQ(detail("limit=0"), "parameter \"limit\": \"0\" must be a number from 1 to 5000");
  EXPECT_EQ(detail("limit=1&limit=2"), "parameter \"limit\": \"2\" must be there once");
  EXPECT_EQ(detail("cursor=x"), "parameter \"cursor\": no page gave it");
  EXPECT_EQ(detail("page=2"),
            "unknown parameter \"page\"; there are: q, label, state, sort, limit, cursor");
}

TEST(Cluster, TellsItsLoadAndItsJobs) {
  WebWorld world;
  const auto document = world.get("/api/v1/clusters/prod");
  EXPECT_EQ(document["load"]["requests"], 32);
  EXPECT_EQ(document["load"]["requests_per_look"], 8);
  EXPECT_EQ(document["judged_jobs"][0]["name"], "orders \"1\"");
  EXPECT_EQ(document["judged_jobs"][0]["findings"]["medium"], 1);
  EXPECT_EQ(document["judged_jobs"][1]["findings"]["waived"], 1);
  const auto missing = world.get("/api/v1/clusters/nowhere", 404);
  EXPECT_EQ(missing["title"], "Not Found");
  EXPECT_EQ(missing["status"], 404);
}

TEST(Cluster, MayHaveASlashInItsName) {
  WebWorld world;
  world.board.put_status({.name = "a/b c"});
  EXPECT_EQ(world.get("/api/v1/clusters/a%2Fb%20c")["name"], "a/b c");
}

TEST(ClusterReport, IsTheDocumentOfAuditNow) {
  WebWorld world;
  EXPECT_EQ(world.ask("GET", "/api/v1/clusters/prod/report").body,
            model::to_json(testing::report_of_tests()));
}

TEST(ClusterReport, ComesFromTheDatabaseAfterARestart) {
  WebWorld world;
  const std::string document = model::to_json(testing::report_of_tests());
  world.board.put({.status = {.name = "old"},
                   .report = nullptr,
                   .stored_report = std::make_shared<std::string>(*base::gzip(document))});
  EXPECT_EQ(world.ask("GET", "/api/v1/clusters/old/report").body, document);
  const auto row = world.get("/api/v1/clusters/old");
  EXPECT_EQ(row["score"]["value"], 71.25);
  EXPECT_EQ(row["health"], "amber");
  EXPECT_EQ(row["findings"]["high"], 1);
  EXPECT_EQ(row["findings"]["waived"], 1);
  EXPECT_EQ(row["judged_jobs"][0]["findings"]["medium"], 1);
  EXPECT_EQ(row["task_managers"], 3);
}

TEST(ClusterReport, IsNotThereBeforeTheFirstLook) {
  WebWorld world;
  EXPECT_EQ(world.get("/api/v1/clusters/down/report", 503)["detail"],
            "no look succeeded yet: connection refused");
}

TEST(Overview, SumsTheFleet) {
  WebWorld world;
  const auto document = world.get("/api/v1/overview");
  EXPECT_EQ(document["clusters"]["total"], 2);
  EXPECT_EQ(document["clusters"]["up"], 1);
  EXPECT_EQ(document["clusters"]["down"], 1);
  EXPECT_EQ(document["jobs"], 3);
  EXPECT_EQ(document["score"]["value"], 71.25);
  EXPECT_EQ(document["score"]["grade"], "C");
  EXPECT_EQ(document["findings"]["high"], 1);
  EXPECT_EQ(document["health"]["amber"], 1);
  EXPECT_EQ(document["worst_clusters"][0]["name"], "prod");
}

TEST(Coverage, TellsWhatCouldNotBeJudged) {
  WebWorld world;
  const auto document = world.get("/api/v1/coverage");
  EXPECT_EQ(document["judged"], 3);
  EXPECT_EQ(document["unknown"], 1);
  EXPECT_EQ(document["ratio"], 0.75);
  EXPECT_EQ(document["reasons"][0]["reason"], "/config did not answer");
  EXPECT_EQ(document["reasons"][0]["checks"][0]["check"], "flink-version-unsupported");
  EXPECT_EQ(document["reasons"][0]["clusters"][0]["cluster"], "prod");
  EXPECT_EQ(document["without_report"][0]["cluster"], "down");
  EXPECT_EQ(world.get("/api/v1/coverage?cluster=down")["judged"], 0);
  world.get("/api/v1/coverage?cluster=nowhere", 404);
}

}  // namespace
}  // namespace auditor::web
