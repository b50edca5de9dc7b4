#include "alerts/delivery.h"

#include <gtest/gtest.h>

namespace auditor::alerts {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = Decision::Kind;

constexpr base::Timestamp noon{milliseconds(784'111'777'000)};  // 1994-11-06T08:49:37Z
constexpr milliseconds retry_for = hours(72);

Attempt attempt(int status, std::string retry_after = {}) {
  Attempt made;
  made.status = status;
  made.retry_after = std::move(retry_after);
  made.error = status == 0 ? "no connection" : "";
  made.since = noon;
  made.now = noon;
  made.random = 0.5;
  return made;
}

milliseconds delay(const Attempt& made) {
  const Decision decision = decide(made, retry_for);
  EXPECT_EQ(decision.kind, Kind::retry) << decision.reason;
  return decision.retry_at - made.now;
}

TEST(Delivery, EachStatusHasItsMeaning) {
  for (const int status : {200, 201, 202, 204, 299}) {
    EXPECT_EQ(decide(attempt(status), retry_for).kind, Kind::delivered) << status;
  }
  for (const int status : {0, 408, 425, 429, 500, 502, 503, 504, 599}) {
    EXPECT_EQ(decide(attempt(status), retry_for).kind, Kind::retry) << status;
  }
  for (const int status : {301, 307, 400, 401, 403, 404, 405, 409, 413, 422}) {
    EXPECT_EQ(decide(attempt(status), retry_for).kind, Kind::dead) << status;
  }
  EXPECT_EQ(decide(attempt(410), retry_for).kind, Kind::stopped);
  EXPECT_NE(decide(attempt(302), retry_for).reason.find("redirects"), std::string::npos);
}

TEST(Delivery, MailServersAreAskedAgainAfterFourHundreds) {
  for (const auto& [status, kind] :
       {std::pair{250, Kind::delivered}, std::pair{421, Kind::retry}, std::pair{451, Kind::retry},
        std::pair{535, Kind::dead}, std::pair{550, Kind::dead}, std::pair{0, Kind::retry}}) {
    Attempt made = attempt(status);
    made.mail = true;
    EXPECT_EQ(decide(made, retry_for).kind, kind) << status;
  }
}

TEST(Delivery, DelaysDoubleWithFullJitterUpToAnHour) {
  Attempt made = attempt(500);
  milliseconds bound = seconds(5);
  for (made.number = 1; made.number < 100; ++made.number) {
    made.random = 0.5;
    EXPECT_EQ(delay(made), bound / 2) << made.number;
    made.random = 0.999999;
    EXPECT_LE(delay(made), bound);
    EXPECT_GE(delay(made), bound - milliseconds(10));
    made.random = 0;
    EXPECT_EQ(delay(made), seconds(1)) << "no storm";
    bound = std::min<milliseconds>(bound * 2, hours(1));
  }
}

TEST(Delivery, WhatAReceiverAsksForIsDoneWithinAnHour) {
  for (const int status : {429, 503}) {
    EXPECT_EQ(delay(attempt(status, "120")), seconds(120));
    EXPECT_EQ(delay(attempt(status, "86400")), hours(1));
    EXPECT_EQ(delay(attempt(status, "99999999999999999999")), hours(1));
    EXPECT_EQ(delay(attempt(status, "Sun, 06 Nov 1994 08:59:37 GMT")), minutes(10));
    // What says nothing is as if it were not there.
    for (const char* const nothing :
         {"", "0", "-5", "soon", "1.5", "Sun, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1993 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT"}) {
      EXPECT_EQ(delay(attempt(status, nothing)), milliseconds(2'500)) << nothing;
    }
  }
  EXPECT_EQ(delay(attempt(500, "120")), milliseconds(2'500)) << "of 429 and 503 alone";
}

TEST(Delivery, GivesUpAfterThreeDaysWithALastAttemptAtTheirEnd) {
  Attempt made = attempt(0);
  made.number = 80;
  made.now = noon + retry_for - minutes(5);
  EXPECT_EQ(decide(made, retry_for).retry_at, noon + retry_for);
  made.now = noon + retry_for;
  const Decision given_up = decide(made, retry_for);
  EXPECT_EQ(given_up.kind, Kind::dead);
  EXPECT_NE(given_up.reason.find("no connection"), std::string::npos) << given_up.reason;
  EXPECT_NE(given_up.reason.find("3 d"), std::string::npos) << given_up.reason;
  made.status = 200;
  EXPECT_EQ(decide(made, retry_for).kind, Kind::delivered);
}

TEST(Delivery, AClockThatWasSetBackDelaysNothingBeyondTheBound) {
  Attempt made = attempt(500);
  made.number = 50;
  made.now = noon - hours(5);
  EXPECT_LE(delay(made), hours(1));
}

}  // namespace
}  // namespace auditor::alerts
