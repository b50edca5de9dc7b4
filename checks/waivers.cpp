#include "checks/waivers.h"

#include <algorithm>

#include "base/text.h"

namespace auditor::checks {

namespace {

bool fits(const model::Waiver& waiver, const model::Verdict& verdict) {
  return base::glob_match(waiver.check, verdict.check) &&
         (waiver.job == "*" ||
          (verdict.subject->job_name && base::glob_match(waiver.job, *verdict.subject->job_name)));
}

}  // namespace

WaiverMatches apply_waivers(std::span<const model::Waiver> waivers, std::string_view cluster,
                            base::Timestamp now, model::VerdictList& verdicts) {
  WaiverMatches matches;
  std::vector<const model::Waiver*> active;
  for (const model::Waiver& waiver : waivers) {
    if (!waiver.expired(now) && base::glob_match(waiver.cluster, cluster)) {
      active.push_back(&waiver);
    }
  }
  if (active.empty()) {
    return matches;
  }
  std::vector<model::VerdictList::Replacement> waived;
  for (std::size_t index = 0; index < verdicts.size(); ++index) {
    const model::Verdict& verdict = verdicts[index];
    if (verdict.outcome != model::Outcome::fail) {
      continue;
    }
    const auto found = std::ranges::find_if(
        active, [&verdict](const model::Waiver* waiver) { return fits(*waiver, verdict); });
    if (found != active.end()) {
      const model::Waiver& waiver = **found;
      auto noted = std::make_shared<model::Verdict>(verdict);
      noted->waiver = model::WaiverNote{waiver.id, waiver.reason, waiver.owner, waiver.until};
      waived.push_back({index, std::move(noted)});
      ++matches[waiver.id];
    }
  }
  verdicts = verdicts.with(waived);
  return matches;
}

}  // namespace auditor::checks
