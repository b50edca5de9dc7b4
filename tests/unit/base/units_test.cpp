#include <limits>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/gzip.h"
#include "base/murmur3.h"
#include "base/time.h"

namespace auditor::base {
namespace {

using std::chrono::milliseconds;

TEST(Bytes, AreShownInBinaryUnits) {
  EXPECT_EQ(format_bytes({0}), "0 B");
  EXPECT_EQ(format_bytes({1023}), "1023 B");
  EXPECT_EQ(format_bytes({1536}), "1.5 KiB");
  EXPECT_EQ(format_bytes(mebibytes(400)), "400 MiB");
  EXPECT_EQ(format_bytes(gibibytes(1)), "1 GiB");
  EXPECT_EQ(format_bytes({std::numeric_limits<std::int64_t>::max()}), "8 EiB");
}

TEST(Bytes, AreReadAsFlinkDoes) {
  EXPECT_EQ(parse_bytes("1024"), Bytes{1024});
  EXPECT_EQ(parse_bytes("10 mb"), mebibytes(10));
  EXPECT_EQ(parse_bytes("2g"), gibibytes(2));
  EXPECT_EQ(parse_bytes("2 gibibytes"), gibibytes(2));
  EXPECT_EQ(parse_bytes("-1"), std::nullopt);
  EXPECT_EQ(parse_bytes("9223372036854775807 tb"), std::nullopt);
  EXPECT_EQ(parse_bytes("many"), std::nullopt);
}

TEST(Duration, IsReadInEveryFormOfFlink) {
  EXPECT_EQ(parse_duration("3min"), milliseconds(180'000));
  EXPECT_EQ(parse_duration("10 s"), milliseconds(10'000));
  EXPECT_EQ(parse_duration("180000"), milliseconds(180'000));
  EXPECT_EQ(parse_duration("PT3M"), milliseconds(180'000));
  EXPECT_EQ(parse_duration("PT1H0.5S"), milliseconds(3'600'500));
  EXPECT_EQ(parse_duration("P1DT1M"), milliseconds(86'460'000));
  EXPECT_EQ(parse_duration("1h"), milliseconds(3'600'000));
  EXPECT_EQ(parse_duration("2 days"), milliseconds(172'800'000));
  EXPECT_EQ(parse_duration("soon"), std::nullopt);
  EXPECT_EQ(parse_duration("PT"), std::nullopt);
  EXPECT_EQ(parse_duration("9223372036854775807 d"), std::nullopt);
}

TEST(Duration, IsShownWithTwoUnitsAtMost) {
  EXPECT_EQ(format_duration(milliseconds(250)), "250 ms");
  EXPECT_EQ(format_duration(milliseconds(1'500)), "1.5 s");
  EXPECT_EQ(format_duration(milliseconds(12'300)), "12 s");
  EXPECT_EQ(format_duration(milliseconds(5'400'000)), "1 h 30 min");
  EXPECT_EQ(format_duration(milliseconds(-1'000)), "-1 s");
}

TEST(Timestamp, GoesBothWays) {
  const auto time = parse_rfc3339("2026-11-24T20:16:18.123Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_rfc3339(*time), "2026-11-24T20:16:18.123Z");
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), Timestamp());
  EXPECT_EQ(parse_rfc3339("2026-02-30T00:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("2026-11-24 20:16:18Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339(""), std::nullopt);
}

/// Ids that real Flink gave (flink-facts D.1).
TEST(Murmur3, GivesFlinksOperatorIds) {
  EXPECT_EQ(to_hex(murmur3_x64_128("numbers")), "ca88eee0095684d687a1b6495617f957");
  EXPECT_EQ(to_hex(murmur3_x64_128("remember")), "ee80cf1f8a547f701f43246f1b2ac71a");
  EXPECT_EQ(to_hex(murmur3_x64_128("6_source")), "a34361ce685e5dd59524d2798ff50572");
  EXPECT_EQ(to_hex(murmur3_x64_128("10_sink")), "01d9e231fed88621904ee1ce0ef8a7f3");
}

TEST(Gzip, GivesBackWhatItTook) {
  const std::string text(100'000, 'x');
  const auto packed = gzip(text);
  ASSERT_TRUE(packed);
  EXPECT_LT(packed->size(), 1'000U);
  EXPECT_TRUE(is_gzip(*packed));
  EXPECT_EQ(*gunzip(*packed, mebibytes(1)), text);
}

TEST(Gzip, RefusesBombsAndBrokenData) {
  std::string zeros;
  zeros.resize(10'000'000);
  const auto bomb = gzip(zeros);
  ASSERT_TRUE(bomb);
  EXPECT_EQ(gunzip(*bomb, mebibytes(1)).error().kind, ErrorKind::too_large);
  EXPECT_EQ(gunzip(bomb->substr(0, bomb->size() / 2), mebibytes(64)).error().kind,
            ErrorKind::malformed);
  std::string damaged = *bomb;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  EXPECT_EQ(gunzip(damaged, mebibytes(64)).error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace auditor::base
