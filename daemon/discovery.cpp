#include "daemon/discovery.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "alerts/target.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "config/targets.h"

namespace auditor::daemon {

namespace {

using Targets = std::vector<model::ClusterSettings>;

constexpr base::Bytes largest_file = base::mebibytes(16);

std::string name_of(const model::FileDiscovery& discovery) {
  return fmt::format("file_sd {}", fmt::join(discovery.files, ", "));
}

std::string name_of(const model::HttpDiscovery& discovery) {
  return fmt::format("http_sd {}", discovery.url);
}

base::Result<Targets> targets_of(const model::FileDiscovery& discovery) {
  const auto files = config::expand_file_globs(discovery.files);
  if (!files) {
    return tl::unexpected(files.error());
  }
  Targets all;
  for (const std::string& file : *files) {
    const auto text = base::read_file(file, largest_file);
    if (!text) {
      return tl::unexpected(text.error());
    }
    auto targets = config::parse_targets(file, *text, discovery.cluster);
    if (!targets) {
      return targets;
    }
    std::ranges::move(*targets, std::back_inserter(all));
  }
  return all;
}

base::Result<Targets> targets_of(const model::HttpDiscovery& discovery, http::Outcome outcome) {
  if (!outcome.response) {
    return tl::unexpected(outcome.response.error());
  }
  constexpr int ok = 200;
  if (outcome.response->status != ok) {
    return base::fail(
        base::ErrorKind::http_status,
        fmt::format("{} answers with status {}", discovery.url, outcome.response->status));
  }
  return config::parse_targets(discovery.url, outcome.response->body, discovery.cluster);
}

}  // namespace

Discovery::Discovery(Poller& poller, web::Board& board, OnFleet on_fleet)
    : poller_(&poller), board_(&board), on_fleet_(std::move(on_fleet)) {}

void Discovery::configure(std::shared_ptr<const model::DaemonSettings> settings) {
  settings_ = std::move(settings);
  std::map<std::string, Source> sources;
  const auto keep = [&](const std::string& name, std::chrono::milliseconds interval) {
    Source& source = sources[name];
    if (const auto known = sources_.find(name); known != sources_.end()) {
      source = std::move(known->second);
    }
    source.refresh_interval = interval;
    source.due = {};
  };
  for (const model::FileDiscovery& discovery : settings_->file_discovery) {
    keep(name_of(discovery), discovery.refresh_interval);
  }
  for (const model::HttpDiscovery& discovery : settings_->http_discovery) {
    keep(name_of(discovery), discovery.refresh_interval);
  }
  sources_ = std::move(sources);
  std::erase_if(errors_, [this](const auto& error) { return !sources_.contains(error.first); });
  changed_ = true;
  step();
}

void Discovery::step() {
  if (settings_ == nullptr) {
    return;
  }
  const Clock::time_point now = Clock::now();
  const auto due = [&](const std::string& name) {
    Source& source = sources_.at(name);
    if (source.asking || source.due > now) {
      return false;
    }
    source.due = now + source.refresh_interval;
    return true;
  };
  for (const model::FileDiscovery& discovery : settings_->file_discovery) {
    if (const std::string name = name_of(discovery); due(name)) {
      read_files(name, discovery);
    }
  }
  for (const model::HttpDiscovery& discovery : settings_->http_discovery) {
    if (const std::string name = name_of(discovery); due(name)) {
      ask_service(name, discovery);
    }
  }
  if (changed_) {
    publish();
  }
}

void Discovery::read_files(const std::string& name, const model::FileDiscovery& discovery) {
  accept(name, targets_of(discovery));
}

void Discovery::ask_service(const std::string& name, const model::HttpDiscovery& discovery) {
  sources_.at(name).asking = true;
  const auto target = std::make_shared<const http::Target>(
      alerts::target_of(discovery.url, discovery.access, {.max_body = largest_file}));
  poller_->get(target, "", [this, name, discovery](http::Outcome outcome) {
    if (const auto found = sources_.find(name); found != sources_.end()) {
      found->second.asking = false;
      accept(name, targets_of(discovery, std::move(outcome)));
    }
  });
}

void Discovery::accept(const std::string& name, base::Result<Targets> targets) {
  Source& source = sources_.at(name);
  if (!targets) {
    const std::string& message = targets.error().message;
    if (errors_[name] != message) {
      errors_[name] = message;
      base::log(base::LogSeverity::error, "targets cannot be read; the earlier ones stay",
                {{"source", name}, {"error", message}});
    }
  } else {
    errors_.erase(name);
    changed_ = changed_ || !source.told || source.targets != *targets;
    source.told = true;
    source.targets = std::move(*targets);
  }
  board_->change_daemon([this](web::DaemonStatus& daemon) { daemon.discovery_errors = errors_; });
}

void Discovery::publish() {
  changed_ = false;
  Targets fleet;
  std::set<std::string> names;
  bool complete = true;
  const auto add = [&](const Targets& targets, const std::string& source) {
    for (const model::ClusterSettings& target : targets) {
      if (names.insert(target.name).second) {
        fleet.push_back(target);
      } else {
        base::log(base::LogSeverity::warning, "two clusters have one name; the first one counts",
                  {{"cluster", target.name}, {"source", source}, {"url", target.url}});
      }
    }
  };
  add(settings_->clusters, "clusters");
  for (const auto& [name, source] : sources_) {
    add(source.targets, name);
    complete = complete && source.told;
  }
  on_fleet_(std::move(fleet), complete);
}

}  // namespace auditor::daemon
