#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/poller.h"
#include "model/settings.h"
#include "web/board.h"

namespace auditor::daemon {

/// Puts the fleet together from the configuration, from files and from services (file_sd, http_sd).
/// A source that fails keeps the targets that it told last. Lives on the network thread.
class Discovery {
 public:
  /// The whole fleet; `complete`: every source has told its targets at least once.
  using OnFleet = std::function<void(std::vector<model::ClusterSettings> fleet, bool complete)>;

  Discovery(Poller& poller, web::Board& board, OnFleet on_fleet);

  /// Takes a new configuration. Sources that stay keep their targets.
  void configure(std::shared_ptr<const model::DaemonSettings> settings);

  /// Asks the sources that are due.
  void step();

 private:
  using Clock = std::chrono::steady_clock;

  struct Source {
    std::chrono::milliseconds refresh_interval{0};
    Clock::time_point due{};
    bool told = false;
    bool asking = false;
    std::vector<model::ClusterSettings> targets;
  };

  void read_files(const std::string& name, const model::FileDiscovery& discovery);
  void ask_service(const std::string& name, const model::HttpDiscovery& discovery);
  void accept(const std::string& name, base::Result<std::vector<model::ClusterSettings>> targets);
  void publish();

  Poller* poller_;
  web::Board* board_;
  OnFleet on_fleet_;
  std::shared_ptr<const model::DaemonSettings> settings_;
  std::map<std::string, Source> sources_;
  std::map<std::string, std::string> errors_;
  bool changed_ = false;
};

}  // namespace auditor::daemon
