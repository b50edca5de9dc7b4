#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace auditor::base {

/// Writes Prometheus' text format 0.0.4.
class Exposition {
 public:
  enum class Type { counter, gauge, histogram, summary };
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  /// Begins a family: its HELP and TYPE lines, once; all its samples must follow.
  void family(std::string_view name, Type type, std::string_view help);

  /// A sample of the family; `suffix` as `_sum`.
  void sample(double value, Labels labels = {}, std::string_view suffix = {});
  void sample(std::uint64_t value, Labels labels = {}, std::string_view suffix = {});

  /// A histogram without labels: counts beside each bound, not cumulative, and one for what is
  /// more.
  void histogram(std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void begin_sample(Labels labels, std::string_view suffix);

  std::string text_;
  std::string name_;
};

/// A number as the format takes it: "1", "0.25", "NaN", "+Inf".
std::string metric_number(double value);

}  // namespace auditor::base
