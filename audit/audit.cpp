#include "audit/audit.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "audit/history.h"
#include "base/log.h"
#include "base/text.h"
#include "checks/engine.h"
#include "collectors/collection.h"

namespace auditor::audit {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::system_clock;

base::Timestamp now() {
  return std::chrono::time_point_cast<milliseconds>(Clock::now());
}

model::Resource demand_of(const Request& request) {
  return request.demand.value_or(checks::demand(checks::catalogue(), request.settings));
}

collectors::Budget budget_for(const Request& request) {
  collectors::Budget budget;
  budget.checkpoints_in_detail = request.checkpoints_in_detail;
  if (!request.jobs.empty()) {
    budget.wants_job = [globs = request.jobs](const model::JobOverview& job) {
      return std::ranges::any_of(
          globs, [&job](const std::string& glob) { return base::glob_match(glob, job.name); });
    };
  }
  return budget;
}

/// Reads twice what the tasks of running jobs have done. A question for metrics makes Flink fetch
/// them, at most every 10 s, and is answered from what it had fetched before: so each read asks,
/// waits until they are there, and asks for them. The first look of the collection was a question.
void watch(collectors::Collection& collection, milliseconds duration,
           const std::function<void()>& drive, const std::function<void(milliseconds)>& wait) {
  constexpr milliseconds fetched_within{2'000};
  const auto read = [&] {
    wait(fetched_within);
    const bool asked = collection.ask_for_flow_again();
    drive();
    return asked;
  };
  if (!read()) {
    return;
  }
  collection.keep_earlier_flow();
  wait(duration);
  collection.ask_for_flow_again();
  drive();
  read();
}

}  // namespace

base::Result<model::Snapshot> look(const http::Target& target, const Request& request,
                                   const std::function<void(const Progress&)>& progress,
                                   collectors::Recorder* recorder) {
  const auto started = std::chrono::steady_clock::now();
  const auto shared_target = std::make_shared<const http::Target>(target);
  http::Client client;
  collectors::Budget budget = budget_for(request);
  budget.metrics_last = true;
  collectors::Collection collection(target.base_url, demand_of(request), std::move(budget));
  model::RequestCost cost;
  std::size_t asked = 0;
  const auto send = [&] {
    for (std::string& path : collection.take_requests()) {
      ++asked;
      client.get(shared_target, path, [&, path](http::Outcome outcome) {
        ++cost.count;
        cost.received.count += outcome.received.count;
        base::Result<collectors::Answer> answer =
            std::move(outcome.response).map([](http::Response&& response) {
              return collectors::Answer{response.status, std::move(response.content_type),
                                        std::move(response.location), std::move(response.body),
                                        now()};
            });
        spdlog::debug("GET {}: {}, {}, {}", path,
                      answer ? fmt::format("status {}", answer->status) : answer.error().message,
                      base::format_bytes(outcome.received),
                      base::format_duration(outcome.duration));
        if (recorder != nullptr && answer) {
          recorder->add(path, *answer);
        }
        collection.accept(path, answer);
      });
    }
  };
  constexpr milliseconds tick{100};
  const auto drive = [&] {
    for (send(); client.pending() > 0 && !collection.failure(); send()) {
      client.poll(tick);
      progress({cost.count, asked, collection.jobs()});
    }
  };
  const auto wait = [&](milliseconds duration) {
    const auto until = std::chrono::steady_clock::now() + duration;
    for (auto left = duration; left.count() > 0;
         left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now())) {
      std::this_thread::sleep_for(std::min(left, tick));
      progress({cost.count, asked, collection.jobs(), left});
    }
  };
  drive();
  if (collection.failure()) {
    return tl::unexpected(*collection.failure());
  }
  if (request.watch_for.count() > 0) {
    watch(collection, request.watch_for, drive, wait);
  }
  collection.ask_for_metrics();
  drive();
  cost.duration =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started);
  return collection.finish(now(), cost);
}

base::Result<model::Snapshot> look(const collectors::Recording& recording, const Request& request,
                                   std::shared_ptr<const model::Snapshot> previous) {
  collectors::Collection collection(recording.target(), demand_of(request), budget_for(request),
                                    std::move(previous), recording.recorded_at());
  model::RequestCost cost;
  for (auto paths = collection.take_requests(); !paths.empty();
       paths = collection.take_requests()) {
    for (const std::string& path : paths) {
      auto answer = recording.answer(path);
      if (answer) {
        ++cost.count;
        cost.received.count += static_cast<std::int64_t>(answer->body.size());
      }
      collection.accept(path, answer);
    }
  }
  if (collection.failure()) {
    return tl::unexpected(*collection.failure());
  }
  return collection.finish(recording.recorded_at(), cost);
}

base::Result<Watched> watch(std::span<const collectors::Recording> frames, const Request& request) {
  History history(frames.back().target());
  std::shared_ptr<const model::Snapshot> previous;
  for (const collectors::Recording& frame : frames.first(frames.size() - 1)) {
    auto snapshot = look(frame, request, previous);
    if (snapshot && !snapshot->overview.known()) {
      // A JobManager that comes up answers for itself before it does for its jobs.
      snapshot = tl::unexpected(snapshot->overview.value.error());
    }
    model::CycleRecord forgotten;
    if (snapshot) {
      previous = std::make_shared<const model::Snapshot>(std::move(*snapshot));
      history.observe(*previous, forgotten);
    } else {
      model::Snapshot failed;
      failed.target = frame.target();
      failed.taken_at = frame.recorded_at();
      failed.failure = snapshot.error();
      history.observe(failed, forgotten);
    }
  }
  auto latest = look(frames.back(), request, previous);
  if (!latest) {
    return tl::unexpected(latest.error());
  }
  if (frames.size() == 1) {
    return Watched{std::move(*latest), {}};
  }
  model::CycleRecord forgotten;
  if (latest->overview.known()) {
    history.observe(*latest, forgotten);
  }
  return Watched{std::move(*latest), history.for_checks()};
}

Judgement judge(const model::Snapshot& snapshot, const model::Settings& settings,
                const model::ClusterHistory& history) {
  return Auditor(snapshot.target).judge(snapshot, settings, history);
}

Auditor::Auditor(std::string cluster) : cluster_(std::move(cluster)), judge_(checks::catalogue()) {}

Judgement Auditor::judge(const model::Snapshot& snapshot, const model::Settings& settings,
                         const model::ClusterHistory& history) {
  Judgement judgement;
  model::VerdictList verdicts = judge_.judge(snapshot, settings, history, &judgement.memos);
  judgement.waiver_matches =
      checks::apply_waivers(settings.waivers, cluster_, snapshot.taken_at, verdicts);
  judgement.report = reports_.make(snapshot, verdicts);
  judgement.changed = reports_.changed();
  judgement.verdicts = std::move(verdicts);
  judgement.report.name = cluster_;
  return judgement;
}

}  // namespace auditor::audit
