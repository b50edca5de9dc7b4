#include <set>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "collectors/recording.h"
#include "tests/unit/support/recordings.h"

namespace auditor::audit {
namespace {

/// What the verdicts say, evidence aside: one that holds keeps what it was made from.
std::set<std::string> told(const model::VerdictList& verdicts) {
  std::set<std::string> all;
  for (const model::Verdict& verdict : verdicts) {
    all.insert(verdict.check.text() + "|" + std::string(to_text(verdict.outcome)) + "|" +
               std::string(to_text(verdict.severity)) + "|" + verdict.fingerprint.text() + "|" +
               verdict.message.text() + verdict.reason.text());
  }
  return all;
}

TEST(Auditor, SaysOfEachLookAtRealTimelinesWhatOneWithoutMemorySays) {
  std::size_t looks = 0;
  for (const auto& file :
       testing::files(testing::source("tests/recordings/timelines"), ".json.gz")) {
    const auto frames = collectors::Recording::read_frames(file.string());
    ASSERT_TRUE(frames) << frames.error().message;
    Auditor with_memory("cluster");
    for (std::size_t count = 2; count <= frames->size(); ++count) {
      const auto seen = watch(std::span(*frames).first(count), Request{});
      if (!seen) {
        continue;  // the JobManager was down
      }
      const auto remembering = with_memory.judge(seen->latest, {}, seen->history);
      const auto anew = Auditor("cluster").judge(seen->latest, {}, seen->history);
      EXPECT_EQ(told(remembering.verdicts), told(anew.verdicts))
          << file << ", look " << count << " of " << frames->size();
      ++looks;
    }
  }
  EXPECT_GT(looks, 60U);
}

}  // namespace
}  // namespace auditor::audit
