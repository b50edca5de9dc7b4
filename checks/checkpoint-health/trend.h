#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace auditor::checks {

/// How a value develops: points of (time since the first, value) in the order of time.
struct Trend {
  std::vector<std::pair<double, double>> points;

  /// Kendall's tau: 1 where each value is larger than those before it, 0 without a trend.
  [[nodiscard]] double tau() const;

  /// Theil–Sen: the median of the slopes between all pairs, which no single outlier moves.
  [[nodiscard]] double slope() const;

  /// A quarter of those slopes are smaller than the first, and a quarter larger than the second.
  [[nodiscard]] std::pair<double, double> slope_quartiles() const;

  /// Whether it grows by a part that matters, over what it covers.
  [[nodiscard]] bool grows() const;

  [[nodiscard]] double span() const { return points.back().first - points.front().first; }
  [[nodiscard]] double last() const { return points.back().second; }

  /// Time until the trend reaches the limit, 0 where it is past it; nullopt where it does not go
  /// there.
  [[nodiscard]] std::optional<double> until(double limit) const;

 private:
  /// In order of size.
  [[nodiscard]] std::vector<double> slopes() const;
};

}  // namespace auditor::checks
