#include "checks/deployments/changes.h"

#include <utility>

#include <fmt/format.h>

namespace auditor::checks {

std::optional<Redeployment> redeployment(const Context& context, Verdicts& out) {
  const model::JobHistory& history = context.job_history();
  if (!history.deployment || !history.previous) {
    out.not_applicable(context.job(), "no redeployment was seen within the last day");
    return std::nullopt;
  }
  return Redeployment{&*history.previous, &*history.deployment};
}

model::Evidence earlier(std::string_view label, std::string value) {
  return {fmt::format("{} of the deployment before", label),
          std::move(value),
          "",
          "",
          std::nullopt,
          std::nullopt};
}

void judge_change(const Context& context, std::string_view what,
                  std::string model::Deployment::* text,
                  const std::function<Failure(const Redeployment&)>& failure, Verdicts& out) {
  const auto change = redeployment(context, out);
  if (!change) {
    return;
  }
  const std::string& before = change->before->*text;
  const std::string& now = change->now->*text;
  if (before.empty() || now.empty()) {
    out.unknown(context.job(),
                fmt::format("the {} {} is not known", what,
                            before.empty() ? "of the deployment before" : "of today"));
    return;
  }
  if (before == now) {
    out.pass(context.job(), fmt::format("the {} is that of the deployment before: {}", what, now),
             {});
    return;
  }
  Failure fail = failure(*change);
  fail.evidence.push_back(earlier(what, before));
  out.fail(context.job(), std::move(fail));
}

}  // namespace auditor::checks
