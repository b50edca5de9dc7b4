#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "daemon/discovery.h"
#include "daemon/pipeline.h"
#include "daemon/poller.h"
#include "daemon/sender.h"
#include "model/settings.h"
#include "web/board.h"
#include "web/commands.h"
#include "web/server.h"

namespace auditor::daemon {

/// What the command line says.
struct Options {
  std::string configuration;      ///< file; empty: defaults
  std::vector<std::string> urls;  ///< of --targets
  std::size_t cycles = 0;         ///< 0: for ever
};

/// Reads the configuration of the options. Errors: `configuration`, `file`.
base::Result<model::DaemonSettings> read_settings(const Options& options);

/// `flink-auditd` as a whole: its threads, their start and stop, and what clients may ask of it.
class Application : public web::Commands {
 public:
  /// Opens the store, takes up what it remembers, and starts everything, receivers before senders.
  static base::Result<std::unique_ptr<Application>> start(const Options& options,
                                                          model::DaemonSettings settings);

  ~Application() override;
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  base::Result<void> reload() override;
  base::Result<void> audit_now(const std::string& cluster) override;
  base::Result<model::Waiver> add_waiver(model::Waiver waiver) override;
  base::Result<bool> remove_waiver(const std::string& id) override;
  base::Result<model::Silence> add_silence(model::Silence silence) override;
  base::Result<bool> end_silence(const std::string& id) override;
  base::Result<bool> retry_notification(const std::string& id) override;
  base::Result<std::size_t> send_digest() override;

  /// Whether network and pipeline thread have moved within `limit`.
  [[nodiscard]] bool alive(std::chrono::milliseconds limit) const;

  /// With `Options::cycles`: all are done, and written.
  [[nodiscard]] bool finished() const;

  [[nodiscard]] std::string url() const;

  /// Stops everything in order, within about 4 s. Errors: what could not be written.
  base::Result<void> stop();

 private:
  using Clock = std::chrono::steady_clock;

  Application(Options options, std::shared_ptr<const model::DaemonSettings> settings);

  base::Result<void> open();
  void network_loop(const std::stop_token& stop);
  void pipeline_loop(const std::stop_token& stop);
  void sending_loop(const std::stop_token& stop);
  /// Runs `work` on the pipeline's thread and waits for what it gives.
  template <class Work>
  auto on_pipeline(Work work);
  static void beat(std::atomic<Clock::rep>& heart);
  void note_taken_up(std::uint64_t number);

  Options options_;
  std::mutex settings_mutex_;  // one reload at a time
  std::shared_ptr<const model::DaemonSettings> settings_;
  web::Board board_;
  std::unique_ptr<Sender> sender_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Poller> poller_;
  std::unique_ptr<Discovery> discovery_;
  std::mutex fresh_mutex_;
  std::shared_ptr<const model::DaemonSettings> fresh_;  // for the network thread to take up
  std::uint64_t handed_over_ = 0;                       // reloads
  std::uint64_t taken_up_ = 0;
  std::condition_variable taken_up_changed_;  // guarded by `fresh_mutex_`, as are the three above
  std::atomic<Clock::rep> network_heart_{0};
  std::atomic<Clock::rep> pipeline_heart_{0};
  std::unique_ptr<web::Server> server_;
  std::jthread pipeline_thread_;
  std::jthread network_thread_;
  std::jthread sending_thread_;
  bool stopped_ = false;
};

}  // namespace auditor::daemon
