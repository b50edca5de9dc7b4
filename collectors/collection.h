#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "collectors/answer.h"
#include "model/check_info.h"
#include "model/snapshot.h"

namespace auditor::collectors {

/// How much one audit may ask for.
struct Budget {
  std::size_t vertex_requests_per_job = 20;
  std::function<bool(const model::JobOverview&)> wants_job;  ///< empty: every job
};

/// One look at one cluster: which requests, and what their answers mean. No network inside: the
/// driver takes the paths, gets them from a server or a recording in any order, and hands the
/// answers back until there is nothing left to ask.
///
/// Stages: cluster → jobs → job → details. Only what `demand` includes is asked for. A failed
/// request becomes a `Part` with an error; it never stops the others, except where nothing could be
/// judged at all (`failure`).
class Collection {
 public:
  Collection(std::string target, model::Resource demand, Budget budget);

  /// Paths to GET now, each once. Empty with nothing in flight: the collection is complete.
  [[nodiscard]] std::vector<std::string> take_requests();

  /// The answer for a path that `take_requests` gave, or why there is none.
  void accept(const std::string& path, const base::Result<Answer>& answer);

  /// Why nothing can be judged: unreachable, not Flink, no list of jobs. nullopt while there is
  /// hope.
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

  /// Jobs found so far, for a progress line.
  [[nodiscard]] std::size_t jobs() const { return snapshot_.jobs.size(); }

  /// The picture. Call once, when complete.
  [[nodiscard]] model::Snapshot finish(base::Timestamp taken_at, model::RequestCost cost);

 private:
  using Accept = std::function<void(const std::string& path, const base::Result<Answer>& answer)>;

  void ask(std::string path, Accept accept);
  template <class T, class Decode>
  void ask_part(std::string path, model::Part<T>& into, Decode decode);

  void accept_cluster(const std::string& path, const base::Result<Answer>& answer);
  void accept_overview(const std::string& path, const base::Result<Answer>& answer);
  void accept_job(std::size_t job, const std::string& path, const base::Result<Answer>& answer);
  void accept_checkpoints(std::size_t job, const std::string& path,
                          const base::Result<Answer>& answer);
  void accept_checkpoint_details(std::size_t job, const std::string& path,
                                 const base::Result<Answer>& answer);
  void ask_for_subtasks(std::size_t job);

  [[nodiscard]] bool wants(model::Resource resource) const;

  model::Resource demand_;
  Budget budget_;
  model::Snapshot snapshot_;
  std::vector<std::string> requests_;
  std::map<std::string, Accept> expected_;
  std::vector<model::JobId> gone_;  ///< 404 between the list and the detail
  std::optional<base::Error> failure_;
};

}  // namespace auditor::collectors
