#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/time.h"
#include "model/check_info.h"
#include "model/cluster_history.h"
#include "model/snapshot.h"

namespace auditor::checks {

/// Folds one more input into what a verdict was made from; never 0.
std::uint64_t fold(std::uint64_t inputs, std::uint64_t input);
std::uint64_t fold(std::uint64_t inputs, std::string_view input);
std::uint64_t fold(std::uint64_t inputs, base::Timestamp input);

/// What a look showed of each resource of the cluster, or of one job: another number once it reads
/// otherwise (by `model::Part::revision`).
class Stamps {
 public:
  /// Which read otherwise than they did in an earlier look. What is other in each look, does.
  [[nodiscard]] model::Resource changed_since(const Stamps& earlier) const;
  /// Which of them were told in one of the two looks alone.
  [[nodiscard]] model::Resource turned_since(const Stamps& earlier) const;
  /// Which of some were told.
  [[nodiscard]] model::Resource told(model::Resource of) const;
  /// Which were told, and are other in each look.
  [[nodiscard]] model::Resource moving() const;
  /// Those of some resources folded into what a verdict was made from.
  [[nodiscard]] std::uint64_t folded(std::uint64_t inputs, model::Resource resources) const;

 private:
  friend Stamps stamps_of(const model::Snapshot& snapshot, const model::ClusterHistory& history);
  friend Stamps stamps_of(const model::JobSnapshot& job, const model::Snapshot& snapshot,
                          const Stamps& cluster, const model::ClusterHistory& history);

  void set(model::Resource one, std::uint64_t stamp, bool told);
  template <class T>
  void set(model::Resource one, const model::Part<T>& part);
  /// Metrics have no revision: each answer is new.
  template <class T>
  void set_answer(model::Resource one, const model::Part<T>& part);

  std::array<std::uint64_t, std::numeric_limits<unsigned>::digits> stamps_{};  // by the bit
  unsigned told_ = 0;
};

/// Those of the cluster, and of one job: with its cluster's.
Stamps stamps_of(const model::Snapshot& snapshot, const model::ClusterHistory& history);
Stamps stamps_of(const model::JobSnapshot& job, const model::Snapshot& snapshot,
                 const Stamps& cluster, const model::ClusterHistory& history);

}  // namespace auditor::checks
