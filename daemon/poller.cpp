#include "daemon/poller.h"

#include <algorithm>
#include <utility>

#include "alerts/target.h"
#include "daemon/descriptors.h"

namespace auditor::daemon {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_slots_skipped = 4;
constexpr milliseconds load_published_every{1'000};
constexpr milliseconds lateness_window{60'000};

double seconds(Timetable::Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

/// One look under way. Answers that come after its end find `watched` empty.
struct Poller::Run {
  template <class... Arguments>
  explicit Run(Watched* of, Arguments&&... arguments)
      : watched(of), collection(std::forward<Arguments>(arguments)...) {}

  Watched* watched;  // nullptr once the look has ended or its cluster has gone
  collectors::Collection collection;
  std::shared_ptr<const http::Target> target;
  model::RequestCost cost;
  Clock::time_point started{};
  std::size_t in_flight = 0;
};

struct Poller::Watched {
  std::shared_ptr<const model::ClusterSettings> settings;
  std::shared_ptr<const http::Target> target;
  std::shared_ptr<const model::Snapshot> previous;  // nullptr after a failed look
  std::shared_ptr<Run> run;
  web::ClusterStatus status;
  std::size_t slots_to_skip = 0;  // of a cluster that answers slowly
  std::size_t slots_skipped = 0;
  std::size_t cycles_left = 0;
};

Poller::Poller(const http::ClientLimits& limits, World world, std::size_t cycles)
    : world_(std::move(world)),
      cycles_(cycles),
      kept_connections_(limits.kept_connections),
      client_(limits) {}

Poller::~Poller() {
  for (const auto& [name, watched] : fleet_) {
    if (watched->run) {
      watched->run->watched = nullptr;
    }
  }
}

void Poller::set_fleet(std::vector<model::ClusterSettings> clusters, model::Resource demand) {
  {
    const std::scoped_lock lock(messages_mutex_);
    messages_.emplace_back([this, clusters = std::move(clusters), demand]() mutable {
      apply_fleet(std::move(clusters), demand);
    });
  }
  wake();
}

void Poller::get(std::shared_ptr<const http::Target> target, const std::string& path,
                 http::Client::Done done) {
  {
    const std::scoped_lock lock(messages_mutex_);
    messages_.emplace_back([this, target = std::move(target), path, done = std::move(done)] {
      client_.get(target, path, done);
    });
  }
  wake();
}

void Poller::audit_now(const std::string& cluster) {
  {
    const std::scoped_lock lock(messages_mutex_);
    messages_.emplace_back([this, cluster] { timetable_.hurry(cluster, Clock::now()); });
  }
  wake();
}

void Poller::wake() {
  client_.wake();
}

void Poller::take_messages() {
  std::vector<std::function<void()>> messages;
  {
    const std::scoped_lock lock(messages_mutex_);
    messages.swap(messages_);
  }
  for (const auto& message : messages) {
    message();
  }
}

void Poller::apply_fleet(std::vector<model::ClusterSettings> clusters, model::Resource demand) {
  demand_ = demand;
  const Clock::time_point now = Clock::now();
  std::map<std::string, std::unique_ptr<Watched>> fleet;
  for (model::ClusterSettings& settings : clusters) {
    const std::string name = settings.name;
    const auto known = fleet_.find(name);
    const bool same =
        known != fleet_.end() && known->second && *known->second->settings == settings;
    std::unique_ptr<Watched>& watched = fleet[name];
    if (known != fleet_.end() && known->second) {
      watched = std::move(known->second);
    } else {
      watched = std::make_unique<Watched>();
      watched->cycles_left = cycles_;
      left_ += cycles_ > 0 ? 1U : 0U;
    }
    if (same) {
      continue;
    }
    if (watched->settings && watched->settings->url != settings.url) {
      watched->previous = nullptr;
    }
    watched->status.name = name;
    watched->status.url = settings.url;
    watched->status.labels = settings.labels;
    watched->status.interval = settings.interval;
    watched->target = std::make_shared<const http::Target>(
        alerts::target_of(settings.url, settings.access,
                          {settings.connect_timeout, settings.request_timeout, settings.max_body,
                           settings.requests_in_flight}));
    watched->settings = std::make_shared<const model::ClusterSettings>(std::move(settings));
    world_.board->put_status(watched->status);
    if (cycles_ == 0) {
      timetable_.set(name, watched->settings->interval, now);
    }
  }
  for (const auto& [name, gone] : fleet_) {
    if (gone) {
      timetable_.remove(name);
      if (gone->run) {
        gone->run->watched = nullptr;
      }
    }
  }
  fleet_ = std::move(fleet);
  std::size_t at_one_time = 0;
  for (const auto& [name, watched] : fleet_) {
    at_one_time += watched->settings->requests_in_flight;
  }
  client_.keep_connections(connections_to_keep(at_one_time, kept_connections_, descriptor_limit()));
  if (cycles_ > 0) {
    turns_.clear();
    for (const auto& [name, watched] : fleet_) {
      if (!watched->run && watched->cycles_left > 0) {
        turns_.push_back(watched.get());
      }
    }
    finished_ = left_ == 0;
  }
}

void Poller::begin(Watched& watched, Clock::duration lateness) {
  if (watched.run) {
    ++watched.status.skipped;
    world_.board->put_status(watched.status);
    world_.board->change_daemon([](web::DaemonStatus& daemon) { ++daemon.missed_looks; });
    return;
  }
  lateness_sum_seconds_ += seconds(lateness);
  lateness_max_seconds_ = std::max(lateness_max_seconds_, seconds(lateness));
  ++lateness_count_;
  collectors::Budget budget;
  budget.vertex_requests_per_job = watched.settings->vertex_requests_per_job;
  watched.run = std::make_shared<Run>(&watched, watched.settings->url, demand_, std::move(budget),
                                      watched.previous, world_.now());
  watched.run->target = watched.target;
  watched.run->started = Clock::now();
  watched.status.last_attempt = world_.now();
  send(watched.run);
}

void Poller::begin_cycles() {
  while (!turns_.empty() && client_.room() > 0) {
    Watched& next = *turns_.front();
    turns_.pop_front();
    if (!next.run) {
      begin(next, {});
    }
  }
}

void Poller::send(const std::shared_ptr<Run>& run) {
  for (std::string& path : run->collection.take_requests()) {
    ++run->in_flight;
    client_.get(run->target, std::move(path),
                [this, run](http::Outcome outcome) { accept(run, std::move(outcome)); });
  }
}

void Poller::accept(const std::shared_ptr<Run>& run, http::Outcome outcome) {
  --run->in_flight;
  ++run->cost.count;
  run->cost.received.count += outcome.received.count;
  if (run->watched == nullptr) {
    return;
  }
  run->collection.accept(
      outcome.path, std::move(outcome.response).map([this](http::Response&& response) {
        return collectors::Answer{response.status, std::move(response.content_type),
                                  std::move(response.location), std::move(response.body),
                                  world_.now()};
      }));
  if (!run->collection.failure()) {
    send(run);
  }
  if (run->in_flight == 0 || run->collection.failure()) {
    finish(run);
  }
}

void Poller::finish(const std::shared_ptr<Run>& run) {
  Watched& watched = *std::exchange(run->watched, nullptr);
  run->cost.duration = std::chrono::duration_cast<milliseconds>(Clock::now() - run->started);
  auto snapshot =
      std::make_shared<const model::Snapshot>(run->collection.finish(world_.now(), run->cost));
  watched.run = nullptr;
  // What was known of a cluster that failed may be another's by the time it answers again.
  watched.previous = snapshot->failure ? nullptr : snapshot;
  note(watched, *snapshot);
  pace(watched, run->cost.duration);
  if (!world_.deliver({watched.settings, std::move(snapshot)})) {
    world_.board->change_daemon([](web::DaemonStatus& daemon) { ++daemon.dropped_snapshots; });
  }
  if (watched.cycles_left > 0) {
    if (--watched.cycles_left > 0) {
      turns_.push_back(&watched);
    } else {
      finished_ = --left_ == 0;
    }
  }
}

void Poller::note(Watched& watched, const model::Snapshot& snapshot) {
  web::ClusterStatus& status = watched.status;
  const base::Timestamp now = world_.now();
  ++status.looks;
  status.up = !snapshot.failure;
  status.error = snapshot.failure ? snapshot.failure->message : "";
  if (snapshot.failure) {
    ++status.failures;
    status.failing_since = status.failing_since.value_or(now);
  } else {
    status.last_success = now;
    status.failing_since.reset();
  }
  status.requests += snapshot.requests.count;
  status.received_bytes += static_cast<std::uint64_t>(snapshot.requests.received.count);
  status.last_cost = snapshot.requests;
  const double took = std::chrono::duration<double>(snapshot.requests.duration).count();
  status.duration_sum_seconds += took;
  const auto bucket = std::ranges::lower_bound(web::poll_buckets, took);
  ++status.durations.at(static_cast<std::size_t>(bucket - web::poll_buckets.begin()));
  world_.board->put_status(status);
}

/// A cluster whose answers take long is asked less often, for our questions may be a part of why.
void Poller::pace(Watched& watched, milliseconds duration) {
  const milliseconds interval = watched.settings->interval;
  if (duration > interval / 2) {
    watched.slots_to_skip = std::min(most_slots_skipped - 1, watched.slots_to_skip * 2 + 1);
  } else if (duration < interval / 8) {
    watched.slots_to_skip /= 2;
  }
  watched.slots_skipped = 0;
}

void Poller::publish_load() {
  const Clock::time_point now = Clock::now();
  if (now - published_at_ < load_published_every) {
    return;
  }
  published_at_ = now;
  world_.board->change_daemon([this](web::DaemonStatus& daemon) {
    daemon.requests_in_flight = client_.in_flight();
    daemon.lateness_seconds_max = lateness_max_seconds_;
    daemon.lateness_seconds_sum = lateness_sum_seconds_;
    daemon.lateness_count = lateness_count_;
  });
  if (now - lateness_since_ > lateness_window) {
    lateness_since_ = now;
    lateness_max_seconds_ = 0;
  }
}

void Poller::step(milliseconds wait) {
  take_messages();
  for (const Timetable::Due& due : timetable_.take_due(Clock::now())) {
    const auto found = fleet_.find(due.cluster);
    if (found == fleet_.end()) {
      continue;
    }
    Watched& watched = *found->second;
    if (!due.hurried && watched.slots_skipped < watched.slots_to_skip) {
      ++watched.slots_skipped;
      continue;
    }
    begin(watched, due.lateness);
  }
  begin_cycles();
  const auto until_next =
      std::chrono::ceil<milliseconds>(timetable_.next(Clock::now()) - Clock::now());
  client_.poll(std::clamp(until_next, milliseconds(0), wait));
  publish_load();
}

}  // namespace auditor::daemon
