#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"
#include "checks/check.h"
#include "checks/liveness/failures.h"

namespace auditor::checks {

namespace {

using model::Evidence;
using model::TaskManagers;
using std::chrono::milliseconds;

constexpr std::array<model::OptionInfo, 1> options{{
    {.name = "window",
     .kind = model::OptionKind::duration,
     .otherwise = 1'800'000,
     .minimum = 60'000,
     .maximum = 86'400'000,
     .help = "how long ago a TaskManager may have been lost"},
}};

milliseconds heartbeat_patience(const Context& context) {
  static constexpr model::ConfigurationKey key{{{{"heartbeat.interval"}, {}, {}}}};
  constexpr milliseconds least = std::chrono::seconds(30);
  constexpr milliseconds otherwise = std::chrono::seconds(10);
  const auto* configuration = context.find<model::Configuration>();
  const auto* entry = configuration == nullptr ? nullptr : configuration->find(key);
  const milliseconds interval =
      entry == nullptr ? otherwise
                       : base::parse_duration(base::trim(entry->value)).value_or(otherwise);
  return std::max(least, 3 * interval);
}

/// How long before its loss was noticed a TaskManager may have been told to go.
constexpr std::chrono::hours told_late{1};

struct Lost {
  model::TaskManagerLoss loss;
  const model::JobSnapshot* job = nullptr;
  const model::RootException* root = nullptr;
  base::Timestamp at{};

  [[nodiscard]] const std::string& name() const { return loss.id.empty() ? loss.address : loss.id; }
};

/// Whether both made a job restart within what one loss takes.
bool are_near(const Lost& a, const Lost& b) {
  constexpr milliseconds at_most = std::chrono::minutes(2);
  return a.job == b.job && std::chrono::abs(a.at - b.at) <= at_most;
}

/// Whether both may be one: the adaptive scheduler tells the address of what could not be sent, and
/// neighbours an id that somebody chose. What is alike then is the time.
bool may_be_one(const Lost& unnamed, const Lost& named) {
  return unnamed.loss.id.empty() && !named.loss.id.empty() &&
         named.loss.id.find(':') == std::string::npos && are_near(unnamed, named);
}

/// What an exception of the jobs tells, where Flink dated it.
template <typename Visit>
void visit_told(const Context& context, const Visit& visit) {
  for (const model::JobSnapshot& job : context.jobs()) {
    if (!job.exceptions.known()) {
      continue;
    }
    for (const Told& told : all_told(*job.exceptions.value)) {
      if (told.row != nullptr && told.exception->at) {
        visit(job, told);
      }
    }
  }
}

/// The TaskManagers that exceptions within the window tell to be lost, and that neither are back
/// nor were asked to go; each with the earliest that tells of it.
std::vector<Lost> lost_within(const Context& context, milliseconds window) {
  std::vector<Lost> lost;
  std::set<std::string_view> drained;
  std::vector<Lost> unnamed_drains;  // before 1.17, and by the adaptive scheduler
  visit_told(context, [&](const model::JobSnapshot& job, const Told& told) {
    const model::JobException& exception = *told.exception;
    if (context.is_earliest_past(*exception.at + window + told_late)) {
      return;
    }
    if (exception.end.drained) {
      const std::string_view id = model::id_told_by(exception.task_manager);
      if (id.empty()) {
        unnamed_drains.push_back({{}, &job, told.row, *exception.at});
      } else {
        drained.insert(id);
      }
      return;
    }
    auto loss =
        context.is_earliest_past(*exception.at + window) ? std::nullopt : exception.end.loss;
    if (!loss || (loss->id.empty() && loss->address.empty())) {
      return;
    }
    const auto known = std::ranges::find_if(
        lost, [&](const Lost& one) { return same_task_manager(one.loss, *loss); });
    if (known == lost.end()) {
      lost.push_back({std::move(*loss), &job, told.row, *exception.at});
    } else {
      if (known->loss.id.empty()) {
        known->loss.id = std::move(loss->id);
      }
      if (*exception.at < known->at) {
        known->job = &job;
        known->root = told.row;
        known->at = *exception.at;
      }
    }
  });
  const auto& present = context.get<TaskManagers>().list;
  std::vector<Lost> found;
  found.reserve(lost.size());
  std::ranges::copy_if(lost, std::back_inserter(found), [&](const Lost& one) {
    const bool back = std::ranges::any_of(
        present, [&one](const model::TaskManager& tm) { return is_of(one.loss, tm); });
    const bool told_by_name =
        std::ranges::any_of(lost, [&one](const Lost& other) { return may_be_one(one, other); });
    return !back && !told_by_name && !drained.contains(one.name()) &&
           std::ranges::none_of(unnamed_drains,
                                [&one](const Lost& drain) { return are_near(one, drain); });
  });
  std::ranges::sort(found, {}, [](const Lost& one) -> std::string_view { return one.name(); });
  return found;
}

/// Those whose heartbeat is old, by their place in the list.
std::vector<const model::TaskManager*> silent(const Context& context, milliseconds patience) {
  std::vector<const model::TaskManager*> found;
  for (const model::TaskManager& tm : context.get<TaskManagers>().list) {
    if (tm.last_heartbeat.at && context.is_earliest_past(*tm.last_heartbeat.at + patience)) {
      found.push_back(&tm);
    }
  }
  return found;
}

void evaluate(const Context& context, const Options& chosen, Verdicts& out) {
  if (context.jobs().empty()) {
    out.not_applicable(context.cluster(), "the cluster has no job that could lose a TaskManager");
    return;
  }
  if (!context.knows_earliest_now()) {
    out.unknown(context.cluster(), "no job tells the JobManager's time");
    return;
  }
  const milliseconds window = chosen.duration("window");
  const milliseconds patience = heartbeat_patience(context);
  const auto lost = lost_within(context, window);
  const auto quiet = silent(context, patience);
  if (lost.empty() && quiet.empty()) {
    out.pass(context.cluster(),
             fmt::format("every TaskManager sent a heartbeat within {}, and no job lost one within "
                         "{}",
                         base::format_duration(patience), base::format_duration(window)),
             {});
    return;
  }
  constexpr std::size_t most_named = 5;
  std::vector<Evidence> evidence;
  std::vector<std::string> names;
  for (const Lost& from : lost) {
    names.push_back(base::shorten(base::printable(from.name()), 60));
    if (evidence.size() < most_named) {
      evidence.push_back(
          {fmt::format("{} was lost", names.back()),
           from.root->exception.at->time_since_epoch().count(), model::unix_milliseconds, "",
           model::EvidenceSource{
               from.job->exceptions.source,
               fmt::format("/exceptionHistory/entries/{}/timestamp", from.root->index)},
           from.job->exceptions.observed_at});
    }
  }
  for (const model::TaskManager* tm : quiet) {
    names.push_back(base::shorten(base::printable(tm->id.value), 60));
    if (evidence.size() < most_named) {
      evidence.push_back(context.evidence<TaskManagers>(
          fmt::format("last heartbeat of {}", names.back()), *tm->last_heartbeat.at,
          fmt::format("/taskmanagers/{}/timeSinceLastHeartbeat", tm->index),
          fmt::format("within {}", base::format_duration(patience))));
    }
  }
  const std::size_t count = names.size();
  names.resize(std::min(names.size(), most_named));
  const std::string consequence =
      lost.empty() ? fmt::format(
                         "no heartbeat for more than {}: when heartbeat.timeout is over, "
                         "Flink gives them up and their jobs restart",
                         base::format_duration(patience))
                   : std::string("gone without having been asked to, and their jobs restarted");
  out.fail(context.cluster(),
           {.message = fmt::format("{} {}: {}{}", base::plural(count, "TaskManager"), consequence,
                                   base::join(names, ", "), count > names.size() ? ", …" : ""),
            .evidence = std::move(evidence),
            .remediation =
                "Look how its process ended: its log and exit code, the events of its pod, "
                "container or node (memory, eviction, disk, network). Long garbage collections "
                "also silence it. Spare slots and local recovery keep the jobs' restart short."});
}

}  // namespace

extern constinit const Check taskmanager_lost{
    .info = {.id = "taskmanager-lost",
             .title = "A TaskManager was lost",
             .practice = "liveness",
             .scope = model::SubjectKind::cluster,
             .severity = model::Severity::medium,
             .confidence = model::Confidence::certain,
             .needs = model::Resource::task_managers | model::Resource::clock |
                      model::Resource::other_jobs,
             .uses = model::Resource::job | model::Resource::exceptions |
                     model::Resource::configuration,
             .options = options,
             .pending_for = std::chrono::seconds(30)},
    .evaluate = evaluate};

}  // namespace auditor::checks
