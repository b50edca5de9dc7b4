#include "checks/judge.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "checks/context.h"
#include "checks/engine.h"
#include "checks/verdicts.h"

namespace auditor::checks {

namespace {

using model::JobSnapshot;
using model::Resource;
using model::Snapshot;

constexpr Resource everything = static_cast<Resource>(~0U);
/// No resource: what a verdict reads that holds for one look only, for time goes on.
constexpr Resource each_look = static_cast<Resource>(1U << 31U);

/// A check that reads these alone is hardly asked twice in the life of a job.
constexpr Resource seldom_changed = Resource::cluster | Resource::configuration | Resource::job |
                                    Resource::job_configuration |
                                    Resource::checkpoint_configuration;

/// Whether the verdicts' key names the job: by its name, with its JobID where several judged jobs
/// share the name.
bool is_key_of(std::string_view key, const JobSnapshot& job, bool shared) {
  const std::string& name = job.overview.name;
  return shared ? key.size() == name.size() + 1 + job.overview.id.value.view().size() &&
                      key.starts_with(name) && key[name.size()] == '\0' &&
                      key.ends_with(job.overview.id.value.view())
                : key == name;
}

std::string key_of(const JobSnapshot& job, bool shared) {
  return shared ? job.overview.name + '\0' + job.overview.id.value : job.overview.name;
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
  base::Timestamp holds_until = base::Timestamp::max();  ///< `Context::holds_until`
  Resource reads = Resource::none;                       ///< release and gate aside
};

Said said_by(const Check& check, const Snapshot& snapshot, const JobSnapshot* job,
             const model::Settings& settings, const model::ClusterHistory& history,
             std::string_view key, Subjects& subjects, Memos& memos,
             std::span<const model::VerdictList::Pointer> earlier) {
  Said said;
  std::vector<model::Verdict>& verdicts = said.verdicts;
  const model::CheckSettings& own = settings_of(settings, check.info.id);
  const Context context(check.info, snapshot, history, job, settings.uid_words, subjects, memos);
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
    said.reads = check.info.needs;
    out.unknown(subject(), std::move(*reason));
  } else {
    check.evaluate(context, Options(check.info, own.options), out);
    said.reads = context.reads();
    said.holds_until = context.holds_until();
  }
  if (own.severity) {
    for (model::Verdict& verdict : verdicts) {
      verdict.severity = *own.severity;
    }
  }
  return said;
}

}  // namespace

Judge::Judge(std::span<const Check* const> checks) : checks_(checks) {
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const model::CheckInfo& info = checks[i]->info;
    const bool of_cluster = info.scope == model::SubjectKind::cluster;
    (of_cluster ? cluster_checks_ : job_checks_).push_back(i);
    // The release is every check's business, and the gate reads the job's details for each.
    resources_.push_back(info.needs | info.uses | Resource::cluster |
                         (of_cluster ? Resource::none : Resource::job));
  }
  visited_for_ = resources_;
}

void Judge::enable(const model::Settings& settings) {
  enabled_.reserve(checks_.size());
  for (const Check* check : checks_) {
    enabled_.push_back(settings_of(settings, check->info.id).enabled);
  }
}

bool Judge::judges(std::size_t check, const Snapshot& snapshot) const {
  return enabled_[check] &&
         (!snapshot.failure || model::includes(checks_[check]->info.needs, Resource::reachability));
}

void Judge::enter(Subject& subject, std::size_t checks) const {
  Judged& judged = *subject.judged;
  judged.look = look_;
  judged.checks.resize(checks);
  judged.reads.resize(checks, everything);
  subject.changed = subject.stamps.changed_since(judged.stamps) | each_look;
  subject.turned = subject.stamps.turned_since(judged.stamps);
  judged.stamps = subject.stamps;
  if (model::includes(subject.changed, Resource::job | Resource::cluster)) {
    judged.memos.lasting.clear();
  }
  if (subject.now > judged.holds_until || subject.now < judged.judged_at) {
    judged.judged_at = base::Timestamp::min();
    judged.holds_until = base::Timestamp::max();
    subject.changed = everything;
  }
}

std::vector<Judge::Subject> Judge::enter_jobs(const Snapshot& snapshot, const Stamps& cluster,
                                              const model::ClusterHistory& history) {
  std::vector<std::string_view> names;
  names.reserve(snapshot.jobs.size());
  for (const JobSnapshot& job : snapshot.jobs) {
    names.emplace_back(job.overview.name);
  }
  std::ranges::sort(names);
  std::vector<Subject> jobs;
  jobs.reserve(snapshot.jobs.size());
  for (const JobSnapshot& job : snapshot.jobs) {
    Judged& judged = of_jobs_[job.overview.id];
    const bool shared = std::ranges::equal_range(names, job.overview.name).size() > 1;
    if (judged.key.empty() || !is_key_of(judged.key, job, shared)) {
      judged.key = key_of(job, shared);
      judged.subjects = {};  // their addresses are others now
      judged.holds_until = base::Timestamp::min();
    }
    Subject& subject =
        jobs.emplace_back(Subject{.job = &job,
                                  .stamps = stamps_of(job, snapshot, cluster, history),
                                  .judged = &judged,
                                  .now = now_of(job).value_or(snapshot.taken_at),
                                  .key_hash = std::hash<std::string>{}(judged.key)});
    enter(subject, job_checks_.size());
  }
  return jobs;
}

std::uint64_t Judge::inputs_of(const Look& look, const Subject& subject, std::size_t check,
                               Resource reads) const {
  std::uint64_t inputs = 1;
  if (model::includes(resources_[check], Resource::other_jobs)) {
    for (const Subject& other : *look.jobs) {
      inputs = fold(other.stamps.folded(inputs, resources_[check] | Resource::job),
                    other.job->overview.id.value);
      inputs = fold(inputs, other.job->overview.index);  // evidence points at its row
    }
  }
  // Where one is missing that the check needs, it is not asked at all.
  const Resource told = subject.stamps.told(resources_[check]);
  return fold(fold(subject.stamps.folded(inputs, reads), static_cast<std::uint64_t>(told)),
              subject.key_hash);
}

bool Judge::renew(const Look& look, Subject& subject, std::size_t check, std::size_t place) const {
  Judged& judged = *subject.judged;
  Remembered& remembered = judged.checks[place];
  const Resource read = judged.reads[place] & ~each_look;
  const bool nothing_changed = remembered.inputs != 0 &&
                               !model::includes(resources_[check], subject.turned) &&
                               !model::includes(read & ~subject.stamps.moving(), subject.changed);
  const std::uint64_t inputs =
      nothing_changed ? remembered.inputs : inputs_of(look, subject, check, read);
  const bool same_inputs = inputs == remembered.inputs;
  // A clock that was set back may be before what was past.
  const bool holds = subject.now <= remembered.holds_until && subject.now >= remembered.judged_at;
  if (same_inputs && holds && !model::includes(read, subject.stamps.moving())) {
    return false;
  }
  Said said = said_by(*checks_[check], *look.snapshot, subject.job, *look.settings, *look.history,
                      judged.key, judged.subjects, judged.memos, remembered.verdicts);
  Resource reads =
      said.reads | Resource::cluster | (subject.job == nullptr ? Resource::none : Resource::job);
  if (model::includes(reads, Resource::other_jobs)) {
    reads = reads | resources_[check];  // what it read of them, nobody noted
  }
  remembered.inputs = reads == read ? inputs : inputs_of(look, subject, check, reads);
  remembered.judged_at = subject.now;
  remembered.holds_until = said.holds_until;
  judged.reads[place] = reads;
  judged.memos.lasting.note(reads);
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
  remembered.verdicts = model::VerdictList::pointers_to(std::move(said.verdicts));
  return true;
}

bool Judge::renew(const Look& look, Subject& subject, std::span<const std::size_t> checks) {
  Judged& judged = *subject.judged;
  bool news = false;
  for (std::size_t place = 0; place < checks.size(); ++place) {
    const std::size_t check = checks[place];
    // Of most checks this is clear without a look at what they read of this subject.
    const bool may_differ = model::includes(visited_for_[check], subject.changed) &&
                            (model::includes(judged.reads[place], subject.changed) ||
                             model::includes(resources_[check], subject.turned));
    if (!may_differ || !judges(check, *look.snapshot)) {
      continue;
    }
    news = renew(look, subject, check, place) || news;
    const Remembered& remembered = judged.checks[place];
    if (remembered.holds_until <= remembered.judged_at) {
      judged.reads[place] = judged.reads[place] | each_look;
      visited_for_[check] = visited_for_[check] | each_look;
      continue;
    }
    judged.judged_at = std::max(judged.judged_at, remembered.judged_at);
    judged.holds_until = std::min(judged.holds_until, remembered.holds_until);
  }
  judged.memos.lasting.drop_settled(seldom_changed);
  return news;
}

model::VerdictList::Block Judge::gathered(const Snapshot& snapshot, const Judged& judged,
                                          std::span<const std::size_t> checks) const {
  std::vector<model::VerdictList::Pointer> all;
  all.reserve(judged.verdicts ? judged.verdicts->size() : checks.size());
  for (std::size_t place = 0; place < checks.size(); ++place) {
    if (judges(checks[place], snapshot)) {
      const auto& verdicts = judged.checks[place].verdicts;
      all.insert(all.end(), verdicts.begin(), verdicts.end());
    }
  }
  return std::make_shared<const std::vector<model::VerdictList::Pointer>>(std::move(all));
}

model::VerdictList Judge::judge(const Snapshot& snapshot, const model::Settings& settings,
                                const model::ClusterHistory& history, std::vector<Memo>* memos) {
  ++look_;
  if (enabled_.empty()) {
    enable(settings);
  }
  Subject cluster{.job = nullptr,
                  .stamps = stamps_of(snapshot, history),
                  .judged = &of_cluster_,
                  .now = earliest_now_of(snapshot).value_or(snapshot.taken_at)};
  enter(cluster, cluster_checks_.size());
  std::vector<Subject> jobs = enter_jobs(snapshot, cluster.stamps, history);
  const auto id_of = [](const JobSnapshot& job) -> const model::JobId& { return job.overview.id; };
  bool changed = snapshot.failure.has_value() != latest_failed_ ||
                 !std::ranges::equal(snapshot.jobs, latest_jobs_, {}, id_of);
  const bool other_jobs_changed = std::ranges::any_of(jobs, [](const Subject& subject) {
    return (subject.changed & ~(each_look | subject.stamps.moving())) != Resource::none ||
           subject.turned != Resource::none;
  });
  const Look look{&snapshot, &settings, &history, &jobs};
  const auto judge_by = [&](Subject& subject, std::span<const std::size_t> checks) {
    subject.changed = changed              ? everything
                      : other_jobs_changed ? subject.changed | Resource::other_jobs
                                           : subject.changed;
    Judged& judged = *subject.judged;
    const bool says_more = renew(look, subject, checks);
    if (says_more || changed || !judged.verdicts) {
      judged.verdicts = gathered(snapshot, judged, checks);
    }
    return says_more;
  };
  bool news = judge_by(cluster, cluster_checks_);
  for (Subject& subject : jobs) {
    news = judge_by(subject, job_checks_) || news;
  }
  of_cluster_.memos.of_look.clear();
  for (Subject& subject : jobs) {
    Memo of_look = std::exchange(subject.judged->memos.of_look, {});
    if (memos != nullptr) {
      memos->push_back(std::move(of_look));
    }
  }
  if (!snapshot.failure) {
    std::erase_if(of_jobs_, [this](const auto& job) { return job.second.look != look_; });
  }
  if (!changed && !news) {
    return latest_;
  }
  std::vector<model::VerdictList::Block> blocks;
  blocks.reserve(1 + jobs.size());
  blocks.push_back(of_cluster_.verdicts);
  for (const Subject& subject : jobs) {
    blocks.push_back(subject.judged->verdicts);
  }
  latest_ = model::VerdictList(std::move(blocks));
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
