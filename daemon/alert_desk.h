#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "alerts/dispatcher.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/history.h"
#include "model/settings.h"

namespace auditor::daemon {

/// Turns findings into alerts. Which finding is one, and since when: health that fires and is not
/// waived. The dispatcher then decides who is told. The pipeline owns it, and commits what it
/// gives: alerts with the look that they come from, notifications with the groups that they move
/// on.
class AlertDesk {
 public:
  /// What a look at a cluster adds to what its record says.
  struct Seen {
    const std::map<std::string, std::string>* labels = nullptr;  ///< the cluster's
    std::optional<base::Timestamp> watched_since;  ///< the first look at the cluster that saw it
  };

  void set_settings(std::shared_ptr<const model::DaemonSettings> settings, base::Timestamp now);

  struct Past {
    std::vector<model::Alert> alerts;
    std::vector<model::AlertGroup> groups;
    std::vector<model::Silence> silences;
    std::map<std::string, base::Timestamp> known_checks;  ///< by id: since when; empty: a new store
  };
  void restore(Past past, base::Timestamp now);

  /// A deployment that the store remembers.
  void remember(const model::Deployment& deployment);

  /// Adds the alerts that the record's findings make or end to it.
  void observe(const Seen& seen, model::CycleRecord& record, base::Timestamp now);

  /// Something is wrong with the auditor itself (`what` is an id as checks have them), or is not
  /// any more: no `summary`. The alert, where that is news.
  std::optional<model::Alert> observe_own(const std::string& what, model::Severity severity,
                                          const std::string& summary,
                                          const std::string& remediation, base::Timestamp now);

  model::Silence add_silence(model::Silence silence);
  /// False where there is none that holds.
  bool end_silence(const std::string& id, base::Timestamp now);
  [[nodiscard]] const std::vector<model::Silence>& silences() const { return silences_; }

  alerts::Due take_due(base::Timestamp now) { return dispatcher_.take_due(now); }
  [[nodiscard]] base::Timestamp next() const { return dispatcher_.next(); }
  [[nodiscard]] std::vector<alerts::Dispatcher::Status> statuses(base::Timestamp now) const {
    return dispatcher_.statuses(now);
  }

 private:
  void observe(const Seen& seen, const model::Finding& finding, model::CycleRecord& record,
               base::Timestamp now);
  [[nodiscard]] bool is_first_sight(const Seen& seen, const model::Finding& finding) const;
  [[nodiscard]] std::optional<base::Timestamp> muted_until(const model::Finding& finding) const;

  alerts::Dispatcher dispatcher_;
  std::shared_ptr<const model::DaemonSettings> settings_;
  std::vector<model::Silence> silences_;
  std::map<std::string, base::Timestamp> deployed_at_;  // by job
  std::map<std::string, base::Timestamp> known_checks_;
};

}  // namespace auditor::daemon
