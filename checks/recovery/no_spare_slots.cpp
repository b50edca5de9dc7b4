#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;
using model::TaskManager;

/// Why a lost TaskManager is no matter of spare slots; nullopt where it is.
std::optional<std::string> replaced(const Configuration& configuration) {
  switch (platform_of(configuration)) {
    case model::Platform::kubernetes:
      return "Kubernetes brings a new TaskManager for a lost one";
    case model::Platform::yarn:
      return "YARN brings a new TaskManager for a lost one";
    case model::Platform::standalone:
      break;
  }
  if (is_adaptive(configuration)) {
    return "the adaptive scheduler goes on with the slots that are left";
  }
  const auto* redundant = configuration.find(model::keys::redundant_task_managers);
  if (redundant != nullptr && base::trim(redundant->value) != "0") {
    return "redundant TaskManagers are configured";
  }
  return std::nullopt;
}

/// Of the TaskManagers that run something, the one whose loss asks most of the others, and the free
/// slots of all.
struct Slots {
  const TaskManager* fullest = nullptr;
  std::int64_t free = 0;
  bool unclear = false;  ///< some TaskManager lacks a number
};

Slots look_at(const model::TaskManagers& task_managers) {
  Slots slots;
  for (const TaskManager& tm : task_managers.list) {
    if (!tm.slots || !tm.free_slots) {
      slots.unclear = true;
      continue;
    }
    slots.free += *tm.free_slots;
    // What it runs must find room in the free slots of the others: used ≤ free − own free, that is,
    // all its slots ≤ free.
    if (*tm.slots > *tm.free_slots &&
        (slots.fullest == nullptr || *tm.slots > *slots.fullest->slots)) {
      slots.fullest = &tm;
    }
  }
  return slots;
}

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  if (auto reason = replaced(context.get<Configuration>())) {
    out.not_applicable(context.cluster(), std::move(*reason));
    return;
  }
  const auto& task_managers = context.get<model::TaskManagers>();
  const Slots slots = look_at(task_managers);
  if (slots.unclear) {
    out.unknown(context.cluster(), "Flink's answer lacks the slots of some TaskManager");
    return;
  }
  if (slots.fullest == nullptr) {
    out.not_applicable(context.cluster(), "no slot is in use");
    return;
  }
  const TaskManager& tm = *slots.fullest;
  const auto used = static_cast<std::size_t>(*tm.slots - *tm.free_slots);
  const std::int64_t others_free = slots.free - *tm.free_slots;
  const std::string at = fmt::format("/taskmanagers/{}", tm.index);
  const std::string id = base::shorten(base::printable(tm.id.value), 40);
  std::vector<model::Evidence> evidence{
      context.evidence<model::TaskManagers>("slots of TaskManager " + id, *tm.slots,
                                            at + "/slotsNumber"),
      context.evidence<model::TaskManagers>("of these free", *tm.free_slots, at + "/freeSlots"),
      {"free slots of the other TaskManagers", others_free, "", fmt::format("{} or more", used),
       std::nullopt, std::nullopt}};
  if (*tm.slots <= slots.free) {
    out.pass(context.cluster(), "the loss of any one TaskManager finds room on the others",
             std::move(evidence));
    return;
  }
  const bool only = task_managers.list.size() == 1;
  out.fail(
      context.cluster(),
      {.message = fmt::format(
           "losing {} takes away {}, and {}: the jobs on it wait until somebody brings it back",
           only ? "the only TaskManager" : "TaskManager " + id, base::plural(used, "used slot"),
           only ? "there is no other"
                : fmt::format("the others have {}",
                              base::plural(static_cast<std::size_t>(others_free), "free slot"))),
       .evidence = std::move(evidence),
       .remediation =
           "Run one TaskManager more than the jobs need: it costs that process' memory. Or let "
           "jobs shrink to the slots that are left, at lower throughput:\n" +
           configuration_line(model::keys::scheduler, context.version(), "adaptive") +
           "This scheduler is for streaming jobs, reaches every job of the cluster, and restarts "
           "a job as a whole; it takes effect with a restart of the JobManager (without high "
           "availability, stop each job with a savepoint first)."});
}

}  // namespace

extern constinit const Check no_spare_slots{
    .info = {.id = "no-spare-slots",
             .title = "The loss of one TaskManager cannot be absorbed",
             .practice = "recovery",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::low,
             .confidence = model::Confidence::likely,
             .needs = model::Resource::configuration | model::Resource::task_managers,
             .uses = model::Resource::cluster},
    .evaluate = evaluate};

}  // namespace auditor::checks
