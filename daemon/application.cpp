#include "daemon/application.h"

#include <future>
#include <limits>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "base/url.h"
#include "checks/engine.h"
#include "config/daemon_settings.h"
#include "storage/store.h"

namespace auditor::daemon {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_wait{250};
constexpr std::chrono::seconds command_timeout{10};
constexpr std::chrono::seconds stop_deadline{2};
constexpr milliseconds last_attempts{1'500};
constexpr std::string_view starting = "starting";

base::Timestamp wall_clock() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

model::Resource demand_of(const model::Settings& settings) {
  // Beside what the checks need: the phases of each checkpoint, for the timeline.
  return checks::demand(checks::catalogue(), settings) | model::Resource::checkpoint_phases;
}

std::shared_ptr<const model::AlertingSettings> alerting_of(
    const std::shared_ptr<const model::DaemonSettings>& settings) {
  return {settings, &settings->alerting};
}

}  // namespace

base::Result<model::DaemonSettings> read_settings(const Options& options) {
  model::DaemonSettings settings;
  if (!options.configuration.empty()) {
    auto loaded = config::load_daemon(options.configuration, checks::descriptions());
    if (!loaded) {
      return loaded;
    }
    settings = std::move(*loaded);
  }
  settings.clusters.reserve(settings.clusters.size() + options.urls.size());
  for (const std::string& url : options.urls) {
    auto normalized = base::normalize_base_url(url);
    if (!normalized) {
      return tl::unexpected(normalized.error());
    }
    model::ClusterSettings cluster = settings.defaults;
    cluster.name = *normalized;
    cluster.url = std::move(*normalized);
    settings.clusters.push_back(std::move(cluster));
  }
  return settings;
}

Application::Application(Options options, std::shared_ptr<const model::DaemonSettings> settings)
    : options_(std::move(options)), settings_(std::move(settings)) {}

base::Result<std::unique_ptr<Application>> Application::start(const Options& options,
                                                              model::DaemonSettings settings) {
  std::unique_ptr<Application> application(
      new Application(options, std::make_shared<const model::DaemonSettings>(std::move(settings))));
  if (const auto opened = application->open(); !opened) {
    return tl::unexpected(opened.error());
  }
  return application;
}

base::Result<void> Application::open() {
  board_.change_daemon([](web::DaemonStatus& daemon) {
    daemon.started_at = wall_clock();
    daemon.not_ready = {std::string(starting)};
  });
  auto store = storage::Store::open(settings_->storage.path);
  if (!store) {
    return tl::unexpected(store.error());
  }
  sender_ = std::make_unique<Sender>(
      Sender::World{.now = wall_clock,
                    .random =
                        [random = std::mt19937_64(std::random_device{}())]() mutable {
                          return std::uniform_real_distribution<double>(0, 1)(random);
                        },
                    .report =
                        [this](std::vector<model::Notification> attempted) {
                          pipeline_->command([this, attempted = std::move(attempted)] {
                            pipeline_->take_attempts(attempted);
                          });
                        }});
  sender_->set_settings(alerting_of(settings_));
  pipeline_ = std::make_unique<Pipeline>(
      std::move(*store),
      Pipeline::World{.now = wall_clock,
                      .board = &board_,
                      .sender = {.send =
                                     [this](std::vector<model::Notification> notifications) {
                                       sender_->enqueue(std::move(notifications));
                                     },
                                 .settled =
                                     [this](std::vector<std::string> ids) {
                                       sender_->settled(std::move(ids));
                                     }},
                      .sent = [this] { return sender_->counters(); }});
  if (const auto restored = pipeline_->restore(); !restored) {
    return restored;
  }
  pipeline_->set_settings(settings_);
  poller_ = std::make_unique<Poller>(
      http::ClientLimits{settings_->requests_in_flight, 4 * settings_->requests_in_flight},
      Poller::World{wall_clock, [this](Look look) { return pipeline_->deliver(std::move(look)); },
                    &board_},
      options_.cycles);
  discovery_ = std::make_unique<Discovery>(
      *poller_, board_, [this](std::vector<model::ClusterSettings> fleet, bool complete) {
        // The pipeline first, so that it knows a cluster before its first look arrives.
        pipeline_->command([this, fleet, complete] { pipeline_->set_fleet(fleet, complete); });
        const std::scoped_lock lock(fresh_mutex_);
        poller_->set_fleet(std::move(fleet), demand_of(settings_->audit));
      });
  if (options_.cycles == 0) {
    auto server =
        web::Server::start(settings_->web, {&board_, this, settings_->storage.path, wall_clock});
    if (!server) {
      return tl::unexpected(server.error());
    }
    server_ = std::move(*server);
  }
  fresh_ = settings_;
  pipeline_thread_ = std::jthread([this](const std::stop_token& stop) { pipeline_loop(stop); });
  network_thread_ = std::jthread([this](const std::stop_token& stop) { network_loop(stop); });
  sending_thread_ = std::jthread([this](const std::stop_token& stop) { sending_loop(stop); });
  return {};
}

Application::~Application() {
  static_cast<void>(stop());
}

void Application::beat(std::atomic<Clock::rep>& heart) {
  heart.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
}

void Application::network_loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    beat(network_heart_);
    std::shared_ptr<const model::DaemonSettings> fresh;
    std::uint64_t number = 0;
    {
      const std::scoped_lock lock(fresh_mutex_);
      fresh.swap(fresh_);
      number = handed_over_;
    }
    if (fresh) {
      discovery_->configure(std::move(fresh));
      poller_->step(milliseconds(0));
      // Not before: a client that waited for readiness must find the clusters there.
      board_.change_daemon([](web::DaemonStatus& daemon) {
        daemon.ready = std::erase(daemon.not_ready, starting) > 0 || daemon.ready;
      });
      note_taken_up(number);
    } else {
      discovery_->step();
      poller_->step(longest_wait);
    }
  }
  note_taken_up(std::numeric_limits<std::uint64_t>::max());  // who waits must not wait for ever
}

void Application::note_taken_up(std::uint64_t number) {
  {
    const std::scoped_lock lock(fresh_mutex_);
    taken_up_ = number;
  }
  taken_up_changed_.notify_all();
}

void Application::pipeline_loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    beat(pipeline_heart_);
    pipeline_->step(longest_wait);
  }
}

void Application::sending_loop(const std::stop_token& stop) {
  constexpr std::chrono::seconds stuck{60};
  bool healthy = false;
  while (!stop.stop_requested()) {
    // Only a change is told: to be told ends the step that waits.
    if (const bool now = alive(stuck) && board_.daemon().not_ready.empty(); now != healthy) {
      healthy = now;
      sender_->set_healthy(healthy);
    }
    sender_->step(longest_wait);
  }
}

template <class Work>
auto Application::on_pipeline(Work work) {
  using Given = decltype(work());
  auto promise = std::make_shared<std::promise<Given>>();
  std::future<Given> given = promise->get_future();
  pipeline_->command([promise, work = std::move(work)] { promise->set_value(work()); });
  if (given.wait_for(command_timeout) != std::future_status::ready) {
    return Given(base::fail(base::ErrorKind::timed_out,
                            "the daemon is busy; it may still be done: look again"));
  }
  return given.get();
}

base::Result<void> Application::reload() {
  const std::scoped_lock lock(settings_mutex_);
  auto settings = read_settings(options_);
  const bool good = settings.has_value();
  board_.change_daemon([&](web::DaemonStatus& daemon) {
    ++(good ? daemon.reloads : daemon.reload_failures);
    daemon.last_reload_ok = good;
    daemon.last_reload_error = good ? "" : settings.error().message;
    daemon.last_reload_at = wall_clock();
  });
  if (!good) {
    base::log(base::LogSeverity::error, "the configuration is not reloaded; the old one stays",
              {{"error", settings.error().message}});
    return tl::unexpected(settings.error());
  }
  for (const std::string& setting : config::needs_restart(*settings_, *settings)) {
    base::log(base::LogSeverity::warning, "a changed setting takes effect with a restart only",
              {{"setting", setting}});
  }
  for (const std::string& warning : settings->warnings) {
    base::log(base::LogSeverity::warning, warning);
  }
  auto fresh = std::make_shared<const model::DaemonSettings>(std::move(*settings));
  base::set_up_daemon_log(fresh->log.format, fresh->log.level);
  if (server_) {
    server_->reload(fresh->web);
  }
  sender_->set_settings(alerting_of(fresh));
  auto taken = on_pipeline([this, fresh]() -> base::Result<void> {
    pipeline_->set_settings(fresh);
    return {};
  });
  if (!taken) {
    return taken;
  }
  {
    std::unique_lock fresh_lock(fresh_mutex_);
    settings_ = fresh;
    fresh_ = std::move(fresh);
    const std::uint64_t mine = ++handed_over_;
    poller_->wake();
    taken_up_changed_.wait_for(fresh_lock, command_timeout, [&] { return taken_up_ >= mine; });
  }
  // Behind the fleet that the network thread has sent it: who asks next sees the new one.
  taken = on_pipeline([]() -> base::Result<void> { return {}; });
  base::log(base::LogSeverity::info, "configuration reloaded");
  return taken;
}

base::Result<void> Application::audit_now(const std::string& cluster) {
  if (!board_.cluster(cluster)) {
    return base::fail(base::ErrorKind::usage, fmt::format("there is no cluster \"{}\"", cluster));
  }
  poller_->audit_now(cluster);
  return {};
}

base::Result<model::Waiver> Application::add_waiver(model::Waiver waiver) {
  return on_pipeline([this, waiver = std::move(waiver)] { return pipeline_->add_waiver(waiver); });
}

base::Result<bool> Application::remove_waiver(const std::string& id) {
  return on_pipeline([this, id] { return pipeline_->remove_waiver(id); });
}

base::Result<model::Silence> Application::add_silence(model::Silence silence) {
  return on_pipeline(
      [this, silence = std::move(silence)] { return pipeline_->add_silence(silence); });
}

base::Result<bool> Application::end_silence(const std::string& id) {
  return on_pipeline([this, id] { return pipeline_->end_silence(id); });
}

base::Result<bool> Application::retry_notification(const std::string& id) {
  return on_pipeline([this, id] { return pipeline_->retry_notification(id); });
}

base::Result<std::size_t> Application::send_digest() {
  return on_pipeline([this] { return pipeline_->send_digest(); });
}

bool Application::alive(milliseconds limit) const {
  const Clock::rep oldest = Clock::now().time_since_epoch().count() -
                            std::chrono::duration_cast<Clock::duration>(limit).count();
  return network_heart_.load(std::memory_order_relaxed) >= oldest &&
         pipeline_heart_.load(std::memory_order_relaxed) >= oldest;
}

bool Application::finished() const {
  return options_.cycles > 0 && poller_->finished() && pipeline_->waiting() == 0;
}

std::string Application::url() const {
  return server_ ? server_->url() : std::string();
}

base::Result<void> Application::stop() {
  if (stopped_) {
    return {};
  }
  stopped_ = true;
  board_.change_daemon([](web::DaemonStatus& daemon) {
    daemon.ready = false;
    daemon.not_ready = {"stopping"};
  });
  if (network_thread_.joinable()) {
    network_thread_.request_stop();
    poller_->wake();
    network_thread_.join();
  }
  if (sending_thread_.joinable()) {
    // What is under way may end, so that it need not be sent again.
    sender_->drain();
    const Clock::time_point enough = Clock::now() + last_attempts;
    while (!sender_->idle() && Clock::now() < enough) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    sending_thread_.request_stop();
    sender_->wake();
    sending_thread_.join();
  }
  if (pipeline_thread_.joinable()) {
    pipeline_thread_.request_stop();
    pipeline_thread_.join();
  }
  base::Result<void> written;
  if (pipeline_) {
    written = pipeline_->finish(Clock::now() + stop_deadline);
  }
  // Readers close before the writer, which checkpoints the log as it closes.
  if (server_) {
    server_->stop();
    server_.reset();
  }
  discovery_.reset();
  poller_.reset();
  pipeline_.reset();
  sender_.reset();
  return written;
}

}  // namespace auditor::daemon
