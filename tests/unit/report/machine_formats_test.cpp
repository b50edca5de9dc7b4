#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/junit.h"
#include "report/markdown.h"
#include "report/prometheus.h"
#include "report/sarif.h"

namespace auditor::report {
namespace {

using model::Outcome;
using model::Severity;
using model::Verdict;
using nlohmann::json;

Verdict verdict_of(const std::string& check, Outcome outcome, const std::string& job,
                   const std::string& job_id, const std::string& job_key) {
  Verdict verdict;
  verdict.check = check;
  verdict.practice = "max-parallelism";
  verdict.outcome = outcome;
  verdict.severity = Severity::high;
  verdict.subject.edit().kind = model::SubjectKind::job;
  verdict.subject.edit().job_id = model::JobId(job_id);
  verdict.subject.edit().job_name = job;
  verdict.message = "it is so";
  verdict.reason = "it cannot be seen";
  verdict.remediation = "Mend it:\n    a line of code";
  model::Evidence fact;
  fact.label = "a fact";
  fact.value = std::int64_t{1};
  verdict.evidence.push_back(std::move(fact));
  verdict.fingerprint = model::fingerprint_of(check, *verdict.subject, job_key, "");
  return verdict;
}

model::AuditReport report_of(std::vector<Verdict> verdicts) {
  model::Snapshot snapshot;
  snapshot.target = "http://host:8081";
  std::set<model::JobId> ids;
  for (const Verdict& verdict : verdicts) {
    if (ids.insert(*verdict.subject->job_id).second) {
      model::JobSnapshot& job = snapshot.jobs.emplace_back();
      job.overview.id = *verdict.subject->job_id;
      job.overview.name = *verdict.subject->job_name;
    }
  }
  return model::make_report(snapshot, std::move(verdicts));
}

std::vector<std::string> fingerprints(const model::AuditReport& report) {
  std::vector<std::string> found;
  const json document = json::parse(to_sarif(report, {}));
  for (const json& result : document["runs"][0]["results"]) {
    found.push_back(result["partialFingerprints"]["flinkAuditor/v1"]);
  }
  return found;
}

TEST(Sarif, FingerprintsOfJobsThatShareANameAreDistinctAndHoldNoJobId) {
  const auto with_ids = [](const std::string& first, const std::string& second) {
    return report_of(
        {verdict_of("max-parallelism-unset", Outcome::fail, "insert", first, "insert " + first),
         verdict_of("max-parallelism-unset", Outcome::fail, "insert", second, "insert " + second)});
  };
  const auto before = fingerprints(with_ids("a1", "a2"));
  ASSERT_EQ(before.size(), 2U);
  EXPECT_NE(before[0], before[1]);
  EXPECT_EQ(fingerprints(with_ids("b7", "b9")), before);
}

TEST(Sarif, LocationsAreATreeOfTheSubjects) {
  Verdict of_vertex = verdict_of("key-groups-uneven", Outcome::fail, "orders", "a1", "orders");
  of_vertex.subject.edit().kind = model::SubjectKind::vertex;
  of_vertex.subject.edit().vertex_name = "map";
  of_vertex.subject.edit().vertex_ordinal = 1;
  const json run =
      json::parse(to_sarif(report_of({of_vertex}), {.path = "jobs/orders.yaml"}))["runs"][0];
  const json& location = run["results"][0]["locations"][0];
  EXPECT_EQ(location["physicalLocation"]["artifactLocation"]["uri"], "jobs/orders.yaml");
  const json& leaf =
      run["logicalLocations"][location["logicalLocations"][0]["index"].get<std::size_t>()];
  EXPECT_EQ(leaf["fullyQualifiedName"], "host:8081/orders/map #2");
  EXPECT_EQ(leaf["kind"], "vertex");
  const json& job = run["logicalLocations"][leaf["parentIndex"].get<std::size_t>()];
  EXPECT_EQ(job["name"], "orders");
  EXPECT_EQ(run["logicalLocations"][job["parentIndex"].get<std::size_t>()]["kind"], "cluster");
}

TEST(Sarif, ARuleIsThereForAnUnknownCheckToo) {
  const json run = json::parse(
      to_sarif(report_of({verdict_of("from-the-future", Outcome::fail, "orders", "a1", "orders")}),
               {}))["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["rules"][0]["id"], "from-the-future");
  EXPECT_EQ(run["results"][0]["ruleIndex"], 0);
}

TEST(JUnit, HoldsWhateverNamesHold) {
  const std::string xml =
      to_junit(report_of({verdict_of("max-parallelism-unset", Outcome::fail,
                                     "a\x01\x1b]]>&<\"\n\xef\xbf\xbf\xff订单", "a1", "x")}),
               nullptr);
  EXPECT_NE(xml.find("name=\"max-parallelism-unset: a  ]]&gt;&amp;&lt;&quot; "
                     "\xef\xbf\xbd\xef\xbf\xbd订单\""),
            std::string::npos)
      << xml;
}

TEST(JUnit, CasesOfJobsThatShareANameAreNumbered) {
  const std::string xml =
      to_junit(report_of({verdict_of("a", Outcome::pass, "insert", "a1", "1"),
                          verdict_of("a", Outcome::unknown, "insert", "a2", "2")}),
               nullptr);
  EXPECT_NE(xml.find("name=\"a: insert\" time=\"0\"/>"), std::string::npos);
  EXPECT_NE(xml.find("name=\"a: insert #2\" time=\"0\">\n      <skipped message=\"unknown: it "
                     "cannot be seen\"/>"),
            std::string::npos)
      << xml;
}

TEST(JUnit, LeavesOutWhatDoesNotApply) {
  const std::string xml = to_junit(
      report_of({verdict_of("a", Outcome::not_applicable, "orders", "a1", "orders")}), nullptr);
  EXPECT_EQ(xml.find("<testcase"), std::string::npos);
  EXPECT_NE(xml.find("tests=\"0\""), std::string::npos);
}

TEST(Prometheus, HasNoSeriesTwice) {
  const std::string text =
      to_prometheus(report_of({verdict_of("a", Outcome::fail, "in\x01sert", "a1", "1"),
                               verdict_of("a", Outcome::fail, "in\x02sert", "a2", "2")}));
  std::map<std::string, int> series;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos;
       begin = end + 1, end = text.find('\n', begin)) {
    const std::string line = text.substr(begin, end - begin);
    EXPECT_EQ(++series[line.substr(0, line.rfind(' '))], 1) << line;
  }
  EXPECT_NE(text.find("check=\"a\",severity=\"high\"} 2\n"), std::string::npos) << text;
}

/// A cluster whose findings would fill the comment many times over.
model::AuditReport long_report() {
  std::vector<Verdict> verdicts;
  constexpr int checks = 60;
  constexpr int jobs = 60;
  verdicts.reserve(std::size_t{checks} * jobs);
  for (int check = 0; check < checks; ++check) {
    for (int job = 0; job < jobs; ++job) {
      const std::string name = "a job with a long name and the number " + std::to_string(job);
      verdicts.push_back(verdict_of("check-" + std::to_string(check), Outcome::fail, name,
                                    std::to_string(job), name));
      verdicts.back().severity = check < 20 ? Severity::critical : Severity::low;
      verdicts.push_back(verdict_of("unknown-" + std::to_string(check), Outcome::unknown, name,
                                    std::to_string(job), name));
      verdicts.back().reason = "this reason is another in each job: " + name;
    }
  }
  return report_of(std::move(verdicts));
}

TEST(Markdown, FitsACommentOnGitHub) {
  const model::AuditReport report = long_report();
  EXPECT_GT(to_markdown(report, {.longest = 10'000'000}).size(), 200'000U);
  const std::string text = to_markdown(report);
  EXPECT_LE(text.size(), MarkdownOptions::longest_comment);
  EXPECT_GT(text.size(), MarkdownOptions::longest_comment / 2);
  EXPECT_NE(text.find("**Left out**: "), std::string::npos);
  EXPECT_NE(text.find("### critical: `check-0`"), std::string::npos);
  EXPECT_NE(text.find("60 verdicts"), std::string::npos);
  EXPECT_NE(text.find(" failed, "), std::string::npos);
}

TEST(Markdown, FitsWhateverANameHolds) {
  const std::string name(200'000, '|');
  EXPECT_LE(to_markdown(report_of({verdict_of("a", Outcome::fail, name, "a1", name)})).size(),
            MarkdownOptions::longest_comment);
}

}  // namespace
}  // namespace auditor::report
