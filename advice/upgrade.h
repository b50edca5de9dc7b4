#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advice/config_yaml.h"
#include "advice/flink_options.h"
#include "base/result.h"
#include "model/check_info.h"
#include "model/snapshot.h"
#include "model/verdict.h"

namespace auditor::advice {

/// When something is to be done.
enum class Step {
  before,  ///< on the release that runs
  with,    ///< in the same step as the upgrade
  after,   ///< once the new release runs
};
std::string_view to_text(Step step);

/// What happens where it is not done.
enum class Effect {
  breaks,  ///< something does not start, or a setting is lost without a word
  unseen,  ///< REST cannot show whether it concerns this cluster: somebody must look
  works,   ///< nothing yet: an old name that is still read
};
std::string_view to_text(Effect effect);

/// One thing to do for an upgrade.
struct UpgradeItem {
  std::string kind;  ///< for programs: "key-unread", "legacy-state-backend", …
  Step step = Step::before;
  Effect effect = Effect::works;
  std::vector<std::string> jobs;  ///< names; empty: it concerns the cluster
  std::string message;            ///< what is, and what it comes to
  std::string action;             ///< what to do
  std::string key;                ///< in the configuration; empty: it is not about one
  std::vector<std::string> new_keys;
  std::string new_value;  ///< of them; empty where there are none
  std::vector<model::Evidence> evidence;
};

struct UpgradePlan {
  model::FlinkVersion from;
  Release to;
  std::vector<UpgradeItem> items;                ///< by step, then effect, as they were found
  std::vector<ConfigurationLine> configuration;  ///< for the new release
  std::size_t keys_kept = 0;                     ///< that stay as they are
  std::vector<std::string> unlisted;             ///< keys that the table of options does not know
  std::vector<std::string> masked;               ///< keys whose value is not known

  [[nodiscard]] bool breaks() const;
};

/// What `plan_upgrade` reads.
inline constexpr model::Resource upgrade_demand =
    model::Resource::cluster | model::Resource::configuration | model::Resource::job |
    model::Resource::checkpoint_configuration | model::Resource::accumulated_times;

/// The release that `text` names, for --to. Errors: `usage` where there is no such release.
base::Result<Release> parse_target_release(std::string_view text);

/// What an upgrade of the cluster to `to` asks for. Errors: `usage` where the cluster runs that
/// release or a later one, `not_recorded` or the kind of what hid the version or configuration.
base::Result<UpgradePlan> plan_upgrade(const model::Snapshot& snapshot, const Release& to);

/// The converted configuration as config.yaml, or as flink-conf.yaml for a release before 1.19,
/// with what was done as comments.
std::string converted_configuration(const UpgradePlan& plan);

/// Schema flink-auditor/upgrade/1.
std::string upgrade_as_json(const UpgradePlan& plan);

// The parts of `plan_upgrade`: what the configuration asks for, and what the jobs do.
void plan_keys(const model::Snapshot& snapshot, const Release& from, UpgradePlan& plan);
void plan_jobs(const model::Snapshot& snapshot, UpgradePlan& plan);

}  // namespace auditor::advice
