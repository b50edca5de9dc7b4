#include "checks/engine.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::JobSnapshot;
using model::JobState;
using model::Resource;
using model::Snapshot;

std::string missing(const base::Error& error, const std::string& source) {
  if (error.kind == base::ErrorKind::not_asked || error.kind == base::ErrorKind::not_recorded) {
    return source.empty() ? error.message : fmt::format("{}: {}", source, error.message);
  }
  return error.message;
}

/// Why a need is not met; nullopt where all are there.
std::optional<std::string> unmet(Resource needs, const Snapshot& snapshot, const JobSnapshot* job) {
  std::optional<std::string> reason;
  const auto look = [&](Resource resource, const auto& part) {
    if (!reason && model::includes(needs, resource) && !part.known()) {
      reason = missing(part.value.error(), part.source);
    }
  };
  if (model::includes(needs, Resource::reachability) && !snapshot.failure &&
      !snapshot.cluster.known()) {
    reason = missing(snapshot.cluster.value.error(), snapshot.cluster.source);
  }
  look(Resource::cluster, snapshot.cluster);
  look(Resource::task_managers, snapshot.task_managers);
  look(Resource::task_manager_metrics, snapshot.task_manager_metrics);
  look(Resource::job_manager_metrics, snapshot.job_manager_metrics);
  look(Resource::configuration, job != nullptr && snapshot.is_history_server()
                                    ? job->cluster_configuration
                                    : snapshot.configuration);
  if (job != nullptr) {
    look(Resource::job, job->details);
    look(Resource::job_configuration, job->configuration);
    look(Resource::checkpoint_configuration, job->checkpoint_configuration);
    look(Resource::checkpoints, job->checkpoints);
    look(Resource::checkpoint_details, job->checkpoint_details);
    look(Resource::subtask_state, job->subtask_state);
    look(Resource::exceptions, job->exceptions);
    look(Resource::unfinished_checkpoint, job->unfinished_checkpoint);
    look(Resource::accumulated_times, job->flow);
    look(Resource::subtask_flow, job->subtask_flow);
    look(Resource::vertex_metrics, job->vertex_metrics);
    look(Resource::resource_requirements, job->resource_requirements);
  }
  return reason;
}

/// The job's name, with its JobID where several judged jobs share the name.
std::string job_key(const JobSnapshot& job, const std::map<std::string_view, std::size_t>& names) {
  const bool shared = names.at(job.overview.name) > 1;
  return shared ? job.overview.name + '\0' + job.overview.id.value : job.overview.name;
}

/// Folds one more input into what a verdict was made from; never 0.
std::uint64_t fold(std::uint64_t inputs, std::uint64_t input) {
  constexpr std::uint64_t prime = 0x9E3779B97F4A7C15ULL;
  const std::uint64_t mixed = (inputs ^ input) * prime;
  return (mixed ^ (mixed >> 29U)) | 1U;
}

std::uint64_t fold(std::uint64_t inputs, std::string_view text) {
  return fold(inputs, std::hash<std::string_view>{}(text));
}

std::uint64_t fold(std::uint64_t inputs, base::Timestamp time) {
  return fold(inputs, static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

/// Metrics have no revision: each answer is new.
template <class T>
std::uint64_t fold_answer(std::uint64_t inputs, const model::Part<T>& part) {
  return part.known() ? fold(inputs, part.observed_at) : fold(inputs, part.value.error().message);
}

/// What `Context::failure` and `Context::history` tell, but for the histories of jobs, flows and
/// processes.
std::uint64_t fold_reachability(std::uint64_t inputs, const Snapshot& snapshot,
                                const model::ClusterHistory& history) {
  if (snapshot.failure) {
    inputs = fold(fold(inputs, snapshot.failure->message),
                  static_cast<std::uint64_t>(snapshot.failure->http_status));
  }
  inputs = fold(inputs, history.watched_since.value_or(base::Timestamp{}));
  inputs = fold(inputs, history.failing_since.value_or(base::Timestamp{}));
  inputs = fold(fold(inputs, history.ended_job_state), history.watched_jobs);
  for (const model::DisappearedJob& job : history.disappeared) {
    inputs = fold(fold(fold(inputs, job.id.value), job.last_listed),
                  (static_cast<std::uint64_t>(job.state) << 1U) | (job.ran_long ? 1U : 0U));
  }
  for (const model::JobManagerFailover& failover : history.failovers) {
    inputs = fold(fold(inputs, failover.job.value), failover.at);
  }
  for (const std::string& name : history.expected_jobs) {
    inputs = fold(inputs, name);
  }
  return inputs;
}

constexpr std::size_t place_of(Resource one) {
  return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(one)));
}

/// By `place_of`.
using Stamps = Judge::Stamps;

Stamps stamps_of(const Snapshot& snapshot, const model::ClusterHistory& history) {
  Stamps stamps{};
  stamps[place_of(Resource::cluster)] = snapshot.cluster.revision;
  stamps[place_of(Resource::configuration)] = snapshot.configuration.revision;
  stamps[place_of(Resource::task_managers)] = snapshot.task_managers.revision;
  stamps[place_of(Resource::reachability)] = fold_reachability(1, snapshot, history);
  stamps[place_of(Resource::task_manager_metrics)] = fold_answer(1, snapshot.task_manager_metrics);
  stamps[place_of(Resource::job_manager_metrics)] = fold_answer(1, snapshot.job_manager_metrics);
  return stamps;
}

/// Those of a job, with its cluster's.
Stamps stamps_of(const JobSnapshot& job, const Stamps& cluster,
                 const model::ClusterHistory& history) {
  Stamps stamps = cluster;
  stamps[place_of(Resource::configuration)] =
      fold(cluster[place_of(Resource::configuration)], job.cluster_configuration.revision);
  stamps[place_of(Resource::job)] = job.details.revision;
  stamps[place_of(Resource::job_configuration)] = job.configuration.revision;
  stamps[place_of(Resource::checkpoint_configuration)] = job.checkpoint_configuration.revision;
  stamps[place_of(Resource::checkpoints)] = job.checkpoints.revision;
  stamps[place_of(Resource::checkpoint_details)] = job.checkpoint_details.revision;
  stamps[place_of(Resource::subtask_state)] = job.subtask_state.revision;
  stamps[place_of(Resource::exceptions)] = job.exceptions.revision;
  stamps[place_of(Resource::unfinished_checkpoint)] = job.unfinished_checkpoint.revision;
  stamps[place_of(Resource::resource_requirements)] = job.resource_requirements.revision;
  stamps[place_of(Resource::vertex_metrics)] = job.vertex_metrics.revision;
  stamps[place_of(Resource::job_history)] = history.of(job.overview.id).revision;
  const model::JobOverview& overview = job.overview;
  stamps[place_of(Resource::clock)] =
      fold(fold(1, overview.last_modified.value_or(base::Timestamp{})),
           (overview.index << 2U) | (overview.all_tasks_run == true ? 1U : 0U) |
               (now_of(job) ? 2U : 0U));
  return stamps;
}

std::uint64_t fold(std::uint64_t inputs, Resource resources, const Stamps& stamps) {
  for (auto left = static_cast<unsigned>(resources); left != 0; left &= left - 1) {
    inputs = fold(inputs, stamps[static_cast<std::size_t>(std::countr_zero(left))]);
  }
  return inputs;
}

/// Why a check that looks at jobs in whatever state says nothing about this one.
std::optional<Gate> gate_of_any_state(const JobSnapshot& job, bool history_server) {
  if (history_server) {
    return Gate{model::Outcome::not_applicable,
                "a HistoryServer shows past jobs: how they are now is no question"};
  }
  if (job.details.known()) {
    const model::JobDetails& details = *job.details.value;
    if (is_data_set(details) || details.type == model::JobType::batch) {
      return Gate{model::Outcome::not_applicable,
                  "a batch job: it ends, and its tasks may wait for each other"};
    }
  }
  return std::nullopt;
}

bool same_subject(const Subjects::Shared& a, const Subjects::Shared& b) {
  return a.is(b) || (a->job_id == b->job_id && a->vertex_id == b->vertex_id);
}

/// Whether two verdicts say the same of the same, whenever it was seen.
bool says_the_same(const model::Verdict& a, const model::Verdict& b) {
  const auto same_evidence = [](const model::Evidence& x, const model::Evidence& y) {
    return x.label == y.label && x.value == y.value && x.unit == y.unit &&
           x.expected == y.expected && x.source.has_value() == y.source.has_value() &&
           (!x.source ||
            (x.source->path == y.source->path && x.source->pointer == y.source->pointer));
  };
  return a.outcome == b.outcome && a.severity == b.severity && a.confidence == b.confidence &&
         a.fingerprint == b.fingerprint && same_subject(a.subject, b.subject) &&
         a.message == b.message && a.reason == b.reason && a.remediation == b.remediation &&
         std::ranges::equal(a.evidence, b.evidence, same_evidence);
}

/// What one check says of the cluster, or of one job of it.
struct Said {
  std::vector<model::Verdict> verdicts;
  base::Timestamp holds_until{};  ///< `Context::holds_until`
};

Said said_by(const Check& check, const Snapshot& snapshot, const JobSnapshot* job,
             const model::Settings& settings, const model::ClusterHistory& history,
             std::string_view key, Subjects& subjects, Memo& memo,
             std::span<const model::VerdictList::Pointer> earlier) {
  Said said;
  std::vector<model::Verdict>& verdicts = said.verdicts;
  const model::CheckSettings& own = settings_of(settings, check.info.id);
  const Context context(check.info, snapshot, history, job, settings.uid_words, subjects, memo);
  Verdicts out(check.info, key, earlier, verdicts);
  const auto subject = [&context, job] {
    return job == nullptr ? context.cluster() : context.job();
  };
  const bool of_reachability = model::includes(check.info.needs, Resource::reachability);
  if (job == nullptr && snapshot.is_history_server() && !of_reachability) {
    out.not_applicable(subject(),
                       "a HistoryServer shows past jobs, not the clusters that ran them");
  } else if (const auto closed = job == nullptr ? std::nullopt
                                 : check.info.any_state
                                     ? gate_of_any_state(*job, snapshot.is_history_server())
                                     : gate(*job, snapshot.is_history_server())) {
    if (closed->outcome == model::Outcome::unknown) {
      out.unknown(subject(), closed->reason);
    } else {
      out.not_applicable(subject(), closed->reason);
    }
  } else if (auto reason = unmet(check.info.needs, snapshot, job)) {
    out.unknown(subject(), std::move(*reason));
  } else {
    check.evaluate(context, Options(check.info, own.options), out);
  }
  if (own.severity) {
    for (model::Verdict& verdict : verdicts) {
      verdict.severity = *own.severity;
    }
  }
  said.holds_until = context.holds_until();
  return said;
}

}  // namespace

const model::CheckSettings& settings_of(const model::Settings& settings, std::string_view id) {
  static const model::CheckSettings otherwise;
  const auto found = settings.checks.find(id);
  return found == settings.checks.end() ? otherwise : found->second;
}

double Options::number(std::string_view name) const {
  if (!configured_->empty()) {
    if (const auto found = configured_->find(std::string(name)); found != configured_->end()) {
      return found->second;
    }
  }
  const auto option = std::ranges::find_if(
      info_->options, [name](const model::OptionInfo& o) { return o.name == name; });
  if (option == info_->options.end()) {
    std::abort();  // a check asks for an option that it did not declare: a bug that its fixtures
                   // show
  }
  return option->otherwise;
}

std::chrono::milliseconds Options::duration(std::string_view name) const {
  return std::chrono::milliseconds(static_cast<std::int64_t>(number(name)));
}

base::Bytes Options::bytes(std::string_view name) const {
  return {static_cast<std::int64_t>(number(name))};
}

std::span<const model::CheckInfo* const> descriptions() {
  static const std::vector<const model::CheckInfo*> all = [] {
    std::vector<const model::CheckInfo*> infos;
    infos.reserve(catalogue().size());
    for (const Check* check : catalogue()) {
      infos.push_back(&check->info);
    }
    return infos;
  }();
  return all;
}

const Check* find_check(std::string_view id) {
  const auto all = catalogue();
  const auto found = std::ranges::find_if(all, [id](const Check* c) { return c->info.id == id; });
  return found == all.end() ? nullptr : *found;
}

std::optional<Gate> gate(const JobSnapshot& job, bool history_server) {
  if (!job.details.known()) {
    return Gate{model::Outcome::unknown, missing(job.details.value.error(), job.details.source)};
  }
  const model::JobDetails& details = *job.details.value;
  const bool runs = details.state == JobState::running || details.state == JobState::restarting ||
                    details.state == JobState::failing;
  if (details.state == JobState::failed && !history_server) {
    return Gate{model::Outcome::not_applicable, "the job has FAILED: it does not run any more"};
  }
  if (!runs && !(history_server && model::is_terminal(details.state))) {
    return Gate{model::Outcome::unknown,
                fmt::format("the job is {}: Flink shows its settings only once it runs",
                            to_text(details.state))};
  }
  if (details.plan.empty()) {
    return Gate{model::Outcome::unknown,
                "Flink shows no job plan yet: the job is still being set up"};
  }
  const bool data_set = is_data_set(details);
  if (data_set || details.type == model::JobType::batch) {
    return Gate{model::Outcome::not_applicable,
                data_set ? base::Wording("a DataSet job: batch, without state to keep")
                         : base::Wording("a batch job: it keeps no state between runs")};
  }
  return std::nullopt;
}

Resource demand(std::span<const Check* const> checks, const model::Settings& settings) {
  // The spine of every audit: which release, which jobs, and whether they can be judged.
  Resource all = Resource::cluster | Resource::job;
  for (const Check* check : checks) {
    if (settings_of(settings, check->info.id).enabled) {
      all = all | check->info.needs | check->info.uses;
    }
  }
  return all;
}

Judge::Judge(std::span<const Check* const> checks) : checks_(checks) {
  places_.reserve(checks.size());
  std::size_t of_jobs = 0;
  for (const Check* check : checks) {
    const bool of_cluster = check->info.scope == model::SubjectKind::cluster;
    places_.push_back(of_cluster ? of_cluster_size_++ : of_jobs++);
    // The release is every check's business, and the gate reads the job's details for each.
    resources_.push_back(check->info.needs | check->info.uses | Resource::cluster |
                         (of_cluster ? Resource{} : Resource::job));
  }
}

void Judge::enable(const model::Settings& settings) {
  each_look_.assign(checks_.size(), false);
  enabled_.reserve(checks_.size());
  for (const Check* check : checks_) {
    enabled_.push_back(settings_of(settings, check->info.id).enabled);
  }
}

bool Judge::renew(const Check& check, const Look& look, std::uint64_t inputs, Subject& subject,
                  Remembered& remembered) {
  // A clock that was set back may be before what was past.
  const bool holds = subject.now <= remembered.holds_until && subject.now >= remembered.judged_at;
  const bool same_inputs = inputs == remembered.inputs;
  if (inputs != 0 && same_inputs && holds) {
    return false;
  }
  Said said =
      said_by(check, *look.snapshot, subject.job, *look.settings, *look.history,
              subject.judged->key, subject.judged->subjects, subject.memo, remembered.verdicts);
  remembered.inputs = inputs;
  remembered.judged_at = subject.now;
  remembered.holds_until = said.holds_until;
  // What is judged in each look mostly says what it said: whoever follows sees that by the
  // pointers.
  if (same_inputs &&
      std::ranges::equal(said.verdicts, remembered.verdicts, says_the_same, {},
                         [](const auto& verdict) -> const model::Verdict& { return *verdict; })) {
    return false;
  }
  for (model::Verdict& verdict : said.verdicts) {
    verdict.evidence.shrink_to_fit();  // it may stay for long
  }
  remembered.verdicts = model::VerdictList(std::move(said.verdicts)).pointers();
  return true;
}

Resource Judge::enter(Judged& judged, std::size_t checks, const Stamps& stamps,
                      base::Timestamp now) const {
  judged.look = look_;
  judged.checks.resize(checks);
  unsigned changed = 0;
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    changed |= stamps[i] == judged.stamps[i] ? 0U : 1U << i;
  }
  judged.stamps = stamps;
  if (now > judged.holds_until || now < judged.judged_at) {
    judged.judged_at = base::Timestamp::min();
    judged.holds_until = base::Timestamp::max();
    changed = ~0U;
  }
  return static_cast<Resource>(changed);
}

void Judge::note(std::size_t check, Judged& judged, const Remembered& remembered) {
  if (remembered.inputs == 0 || remembered.holds_until <= remembered.judged_at) {
    each_look_[check] = true;
    return;
  }
  judged.judged_at = std::max(judged.judged_at, remembered.judged_at);
  judged.holds_until = std::min(judged.holds_until, remembered.holds_until);
}

model::VerdictList Judge::judge(const Snapshot& snapshot, const model::Settings& settings,
                                const model::ClusterHistory& history, std::vector<Memo>* memos) {
  ++look_;
  if (enabled_.empty()) {
    enable(settings);
  }
  const Look look{&snapshot, &settings, &history};
  std::map<std::string_view, std::size_t> names;
  for (const JobSnapshot& job : snapshot.jobs) {
    ++names[job.overview.name];
  }
  Subject cluster{nullptr, stamps_of(snapshot, history), &of_cluster_,
                  earliest_now_of(snapshot).value_or(snapshot.taken_at)};
  cluster.changed = enter(of_cluster_, of_cluster_size_, cluster.stamps, cluster.now);
  std::vector<Subject> jobs;
  jobs.reserve(snapshot.jobs.size());
  Resource changed_of_jobs{};
  for (const JobSnapshot& job : snapshot.jobs) {
    Judged& judged = of_jobs_[job.overview.id];
    if (std::string key = job_key(job, names); judged.key != key) {
      judged.key = std::move(key);
      judged.subjects = {};  // their addresses are others now
      judged.holds_until = base::Timestamp::min();
    }
    Subject& subject = jobs.emplace_back(Subject{&job, stamps_of(job, cluster.stamps, history),
                                                 &judged, now_of(job).value_or(snapshot.taken_at)});
    subject.key_hash = std::hash<std::string>{}(judged.key);
    subject.changed = enter(judged, checks_.size() - of_cluster_size_, subject.stamps, subject.now);
    changed_of_jobs = changed_of_jobs | subject.changed;
  }
  const auto judges = [&](std::size_t i) {
    return enabled_[i] &&
           (!snapshot.failure || model::includes(checks_[i]->info.needs, Resource::reachability));
  };
  const auto id_of = [](const JobSnapshot& job) -> const model::JobId& { return job.overview.id; };
  bool changed = snapshot.failure.has_value() != latest_failed_ ||
                 !std::ranges::equal(snapshot.jobs, latest_jobs_, {}, id_of);
  const bool all_anew = changed;
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    if (!judges(i)) {
      continue;
    }
    const Check& check = *checks_[i];
    const Resource resources = resources_[i];
    const bool of_other_jobs = model::includes(resources, Resource::other_jobs);
    const bool of_all =
        all_anew || each_look_[i] || (of_other_jobs && changed_of_jobs != Resource{});
    if (!of_all && !model::includes(cluster.changed | changed_of_jobs, resources)) {
      continue;
    }
    // What the tasks do is other in each look.
    constexpr Resource other_in_each_look = Resource::accumulated_times | Resource::subtask_flow;
    const bool follows_inputs = !model::includes(resources, other_in_each_look);
    std::uint64_t common = 1;
    if (of_other_jobs) {
      for (const Subject& other : jobs) {
        common = fold(fold(common, resources | Resource::job, other.stamps),
                      other.job->overview.id.value);
        common = fold(common, other.job->overview.index);  // evidence points at its row
      }
    }
    if (check.info.scope == model::SubjectKind::cluster) {
      const std::uint64_t inputs = follows_inputs ? fold(common, resources, cluster.stamps) : 0;
      changed = renew(check, look, inputs, cluster, of_cluster_.checks[places_[i]]) || changed;
      note(i, of_cluster_, of_cluster_.checks[places_[i]]);
      continue;
    }
    for (Subject& subject : jobs) {
      if (!of_all && !model::includes(subject.changed, resources)) {
        continue;
      }
      const std::uint64_t inputs =
          follows_inputs ? fold(fold(common, resources, subject.stamps), subject.key_hash) : 0;
      Remembered& remembered = subject.judged->checks[places_[i]];
      changed = renew(check, look, inputs, subject, remembered) || changed;
      note(i, *subject.judged, remembered);
    }
  }
  if (memos != nullptr) {
    std::ranges::transform(jobs, std::back_inserter(*memos),
                           [](Subject& subject) { return std::move(subject.memo); });
  }
  if (!snapshot.failure) {
    std::erase_if(of_jobs_, [this](const auto& job) { return job.second.look != look_; });
  }
  if (!changed) {
    return latest_;
  }
  std::vector<model::VerdictList::Pointer> pointers;
  pointers.reserve(latest_.size());
  const auto add = [&pointers](const Remembered& remembered) {
    pointers.insert(pointers.end(), remembered.verdicts.begin(), remembered.verdicts.end());
  };
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    if (!judges(i)) {
      continue;
    }
    if (checks_[i]->info.scope == model::SubjectKind::cluster) {
      add(of_cluster_.checks[places_[i]]);
      continue;
    }
    for (const Subject& subject : jobs) {
      add(subject.judged->checks[places_[i]]);
    }
  }
  latest_ = model::VerdictList(std::move(pointers));
  latest_jobs_.clear();
  std::ranges::transform(snapshot.jobs, std::back_inserter(latest_jobs_), id_of);
  latest_failed_ = snapshot.failure.has_value();
  return latest_;
}

std::vector<model::Verdict> evaluate(const Snapshot& snapshot, std::span<const Check* const> checks,
                                     const model::Settings& settings,
                                     const model::ClusterHistory& history) {
  const model::VerdictList list = Judge(checks).judge(snapshot, settings, history);
  return {list.begin(), list.end()};
}

}  // namespace auditor::checks
