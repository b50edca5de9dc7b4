#include "checks/checkpoint-health/trend.h"

#include <algorithm>
#include <cstdint>

namespace auditor::checks {

double Trend::tau() const {
  std::int64_t score = 0;
  std::int64_t pairs = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const double step = points[j].second - points[i].second;
      score += step > 0 ? 1 : step < 0 ? -1 : 0;
      ++pairs;
    }
  }
  return pairs == 0 ? 0 : static_cast<double>(score) / static_cast<double>(pairs);
}

std::vector<double> Trend::slopes() const {
  std::vector<double> all;
  all.reserve(points.size() * points.size() / 2);
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      if (points[j].first > points[i].first) {
        all.push_back((points[j].second - points[i].second) / (points[j].first - points[i].first));
      }
    }
  }
  std::ranges::sort(all);
  return all;
}

double Trend::slope() const {
  const std::vector<double> all = slopes();
  return all.empty() ? 0 : all[all.size() / 2];
}

std::pair<double, double> Trend::slope_quartiles() const {
  const std::vector<double> all = slopes();
  return all.empty() ? std::pair(0.0, 0.0)
                     : std::pair(all[all.size() / 4], all[all.size() * 3 / 4]);
}

bool Trend::grows() const {
  constexpr double least = 0.05;
  return slope() * span() >= least * last();
}

std::optional<double> Trend::until(double limit) const {
  if (limit <= last()) {
    return 0;
  }
  const double per_unit = slope();
  return per_unit > 0 ? std::optional((limit - last()) / per_unit) : std::nullopt;
}

}  // namespace auditor::checks
