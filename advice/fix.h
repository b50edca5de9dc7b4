#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/report.h"
#include "model/snapshot.h"

namespace auditor::advice {

/// Where a setting may stand.
enum class Reach {
  cluster,  ///< of the processes: in the cluster's configuration alone
  any,      ///< of jobs: in the cluster's configuration as the default of all, or for one job
  job,      ///< for one job alone: in the cluster's configuration it would break others
};

/// One setting that a finding asks for.
struct Setting {
  std::string key;  ///< by its name in the release that runs
  std::string value;
  Reach reach = Reach::cluster;

  /// The user must put something in the place of `fill_in`.
  [[nodiscard]] bool is_incomplete() const;
};

/// What stands in a value for what only the user knows.
inline constexpr std::string_view fill_in = "FILL-IN";

/// A finding and what mends it.
struct Mend {
  const model::Verdict* verdict = nullptr;
  const model::JobSnapshot* job = nullptr;  ///< nullptr: the cluster's own
  bool sql = false;                         ///< a SQL job
  std::vector<Setting> settings;            ///< none: configuration does not mend it
  std::string why_not;                      ///< why it does not
  std::string caution;                      ///< what it costs and breaks if done carelessly
};

/// How the patch is written.
enum class PatchKind { config_yaml, flink_conf, flink_deployment, sql };

/// The kind of that name; "" for the file that `version` reads. Errors: `usage` where that release
/// does not read such a file.
base::Result<PatchKind> parse_patch_kind(std::string_view name, const model::FlinkVersion& version);

/// What --for takes.
std::span<const std::string_view> patch_kinds();

/// Every finding of `report` that is not waived, in its order, for a patch of `kind`. `snapshot` is
/// what was judged; both must outlive the result.
std::vector<Mend> mends_of(const model::Snapshot& snapshot, const model::AuditReport& report,
                           PatchKind kind);

/// What the mends of several findings say of one key.
struct PatchLine {
  Setting setting;
  std::vector<const Mend*> mends;
  bool disagree = false;  ///< another mend wants another value: none is for all jobs
};

/// The settings of `mends` for the cluster's configuration, one for each key; where `one_job`,
/// those of a single job too.
std::vector<PatchLine> cluster_lines(std::span<const Mend> mends, bool one_job);

/// The cluster runs one job, as an application: what is set for it reaches no other.
bool is_one_job(const model::Snapshot& snapshot);

}  // namespace auditor::advice
