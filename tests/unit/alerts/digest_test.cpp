#include "alerts/digest.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "collectors/recording.h"
#include "tests/unit/support/files.h"

namespace auditor::alerts {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr base::Timestamp morning{hours(24 * 20'000) + hours(7)};  // a Friday

std::shared_ptr<const model::AuditReport> report_of(const std::string& name) {
  const auto recording = collectors::Recording::read(
      testing::source("tests/recordings/" + name + ".json.gz").string());
  const auto snapshot = audit::look(*recording, {});
  auto report = audit::judge(*snapshot, {}).report;
  report.name = name;
  return std::make_shared<const model::AuditReport>(std::move(report));
}

TEST(Digest, SaysWhatMostJobsLackAndWhichClustersAreWorst) {
  const Reports reports{report_of("bare-2.3.0"), report_of("ready-2.3.0")};
  const model::Message message = digest_of(reports, "team", morning);
  EXPECT_EQ(message.kind, model::Message::Kind::digest);
  EXPECT_EQ(message.receiver, "team");
  EXPECT_NE(message.title.find("on 2 clusters"), std::string::npos) << message.title;
  EXPECT_NE(message.text.find("high-availability-off, 1 cluster"), std::string::npos)
      << message.text;
  EXPECT_NE(message.text.find("max-parallelism-unset"), std::string::npos) << message.text;
  EXPECT_LT(message.text.find("- bare-2.3.0: "), message.text.find("- ready-2.3.0: "))
      << message.text;
}

TEST(Digest, LeavesHealthAndWaivedFindingsOut) {
  auto sick = std::make_shared<model::AuditReport>(*report_of("sick-2.3.0"));
  const model::Message told = digest_of({sick}, "team", morning);
  EXPECT_EQ(told.text.find("restart-loop"), std::string::npos) << told.text;
  std::vector<model::Verdict> waived;
  for (model::Verdict verdict : sick->results) {
    verdict.waiver = model::WaiverNote{};
    waived.push_back(std::move(verdict));
  }
  sick->results = model::VerdictList(std::move(waived));
  EXPECT_NE(digest_of({sick}, "team", morning).text.find("Every check of posture passes"),
            std::string::npos);
}

TEST(Digest, IsDueOnItsDaysAtItsTime) {
  model::DigestSettings settings;
  EXPECT_FALSE(next_digest(settings, morning));
  settings.receivers = {"team"};
  EXPECT_EQ(next_digest(settings, morning), morning + hours(1));
  EXPECT_EQ(next_digest(settings, morning + hours(1)), morning + hours(25));
  settings.days = {std::chrono::Monday};
  settings.at = minutes(30);
  EXPECT_EQ(next_digest(settings, morning), morning + hours(2 * 24 + 17) + minutes(30));
  EXPECT_EQ(next_digest(settings, *next_digest(settings, morning)),
            *next_digest(settings, morning) + hours(7 * 24));
}

}  // namespace
}  // namespace auditor::alerts
