#include "alerts/outgoing.h"

#include <string>

#include <gtest/gtest.h>

namespace auditor::alerts {
namespace {

using model::ReceiverSettings;

TEST(Outgoing, NoSecretComesBackInATextThatIsShown) {
  ReceiverSettings receiver;
  receiver.url = "https://hooks.example.org/T000/B111/xyzzy?k=v1";
  receiver.key = "routing-key";
  receiver.access.bearer_token = "bearer-token";
  receiver.access.headers = {"X-Key:  header-key"};
  receiver.signing_secrets = {"whsec_AAAA"};
  const std::string shown = without_secrets(
      "bad\r\n https://hooks.example.org/T000/B111/xyzzy?k=v1 xyzzy?k=v1 B111 routing-key "
      "bearer-token header-key whsec_AAAA \x1b[31m",
      receiver);
  for (const char* const secret : {"T000", "B111", "xyzzy", "routing-key", "bearer-token",
                                   "header-key", "whsec_AAAA", "\x1b"}) {
    EXPECT_EQ(shown.find(secret), std::string::npos) << shown;
  }
  EXPECT_NE(shown.find("https://hooks.example.org"), std::string::npos) << shown;
  EXPECT_LT(without_secrets(std::string(100'000, 'x'), receiver).size(), 400U);
}

}  // namespace
}  // namespace auditor::alerts
