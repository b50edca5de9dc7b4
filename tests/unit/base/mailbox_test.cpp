#include "base/mailbox.h"

#include <chrono>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

namespace auditor::base {
namespace {

using namespace std::chrono_literals;

TEST(Mailbox, GivesMessagesInTheirOrderAndThenNone) {
  Mailbox<int> mailbox(2);
  EXPECT_TRUE(mailbox.push(1));
  EXPECT_TRUE(mailbox.push(2));
  EXPECT_FALSE(mailbox.push(3)) << "it is full";
  EXPECT_TRUE(mailbox.push_always(4));
  EXPECT_EQ(mailbox.take(0ms), 1);
  EXPECT_EQ(mailbox.take(0ms), 2);
  EXPECT_EQ(mailbox.take(1h), 4) << "no waiting for what is there";
  EXPECT_EQ(mailbox.take(0ms), std::nullopt);
  EXPECT_EQ(mailbox.take(1ms), std::nullopt);
}

TEST(Mailbox, WaitsForWhatAnotherThreadSends) {
  Mailbox<std::unique_ptr<int>> mailbox(1);
  std::jthread sender([&mailbox] { EXPECT_TRUE(mailbox.push(std::make_unique<int>(7))); });
  const auto taken = mailbox.take(1h);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(**taken, 7);
}

TEST(Mailbox, AClosedOneGivesWhatIsInsideAndTakesNoMore) {
  Mailbox<int> mailbox(4);
  EXPECT_TRUE(mailbox.push(1));
  mailbox.close();
  EXPECT_FALSE(mailbox.push(2));
  EXPECT_FALSE(mailbox.push_always(3));
  EXPECT_EQ(mailbox.take(1h), 1);
  EXPECT_EQ(mailbox.take(1h), std::nullopt) << "nothing will come";
}

}  // namespace
}  // namespace auditor::base
