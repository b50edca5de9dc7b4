#include "base/exposition.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace auditor::base {
namespace {

TEST(Exposition, EscapesWhatWouldBreakALine) {
  Exposition out;
  out.family("a", Exposition::Type::gauge, "one\ntwo \\ \"three\"");
  out.sample(1.5, {{"x", "a\"b\\c\nd"}, {"y", "\xff"}});
  EXPECT_EQ(out.take(),
            "# HELP a one\\ntwo \\\\ \"three\"\n# TYPE a gauge\n"
            "a{x=\"a\\\"b\\\\c d\",y=\"\xef\xbf\xbd\"} 1.5\n");
}

TEST(Exposition, WritesAHistogramCumulatively) {
  Exposition out;
  out.family("h_seconds", Exposition::Type::histogram, "h");
  const std::array<double, 2> bounds{0.1, 1};
  const std::array<std::uint64_t, 3> counts{2, 0, 3};
  out.histogram(bounds, counts, 12.5);
  EXPECT_EQ(out.take(),
            "# HELP h_seconds h\n# TYPE h_seconds histogram\nh_seconds_bucket{le=\"0.1\"} 2\n"
            "h_seconds_bucket{le=\"1\"} 2\nh_seconds_bucket{le=\"+Inf\"} 5\nh_seconds_sum 12.5\n"
            "h_seconds_count 5\n");
}

TEST(MetricNumber, IsAsPrometheusReadsIt) {
  EXPECT_EQ(metric_number(0), "0");
  EXPECT_EQ(metric_number(0.1), "0.1");
  EXPECT_EQ(metric_number(1e21), "1e+21");
  EXPECT_EQ(metric_number(std::nan("")), "NaN");
  EXPECT_EQ(metric_number(-std::numeric_limits<double>::infinity()), "-Inf");
}

}  // namespace
}  // namespace auditor::base
