#include "daemon/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace auditor::daemon {
namespace {

TEST(Descriptors, AFleetKeepsItsConnectionsAsFarAsFilesGo) {
  EXPECT_EQ(connections_to_keep(4'000, 1'024, 65'536), 4'000U);
  EXPECT_EQ(connections_to_keep(12, 1'024, 65'536), 1'024U);
  EXPECT_EQ(connections_to_keep(4'000, 1'024, 1'024), 512U);
  EXPECT_EQ(connections_to_keep(400'000, 1'024, 65'536), 32'768U);
}

TEST(Descriptors, TheLimitIsRaisedToWhatIsAllowed) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(descriptor_limit(), 256U);
  raise_descriptor_limit();
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace auditor::daemon
