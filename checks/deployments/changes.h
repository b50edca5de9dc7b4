#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "checks/check.h"
#include "model/history.h"

/// What the checks that compare a deployment with the one before have in common.
namespace auditor::checks {

/// What they all need.
inline constexpr model::Resource deployment_needs =
    model::Resource::job | model::Resource::job_history;

/// The deployment of the context's job and the one before it, of the last day.
struct Redeployment {
  const model::Deployment* before;
  const model::Deployment* now;
};

/// nullopt where none was seen within the last day: then writes the job's verdict.
std::optional<Redeployment> redeployment(const Context& context, Verdicts& out);

/// What the deployment before had: not in any answer of today.
model::Evidence earlier(std::string_view label, std::string value);

/// Judges one text that a deployment has: a fail where both are known and differ. `failure` makes
/// it; the evidence of the earlier value is added.
void judge_change(const Context& context, std::string_view what,
                  std::string model::Deployment::* text,
                  const std::function<Failure(const Redeployment&)>& failure, Verdicts& out);

}  // namespace auditor::checks
