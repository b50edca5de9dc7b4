#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "collectors/recording.h"
#include "tests/replay/server.h"

namespace {

volatile bool stop = false;

int run(int argc, char** argv) {
  using namespace auditor;
  CLI::App app("Plays recordings back as a fleet of Flink clusters on the loopback.",
               "replay-fleet");
  replay::Fleet fleet;
  std::vector<std::string> files;
  std::string targets;
  bool still = false;
  std::int64_t latency_ms = 0;
  double checkpoint_every_s = 60;
  app.add_option("RECORDING", files, "Recordings, which take turns")->required();
  app.add_option("--clusters", fleet.clusters, "How many; as many as recordings unless given")
      ->default_val(0);
  app.add_option("--port", fleet.port, "Port; 0: a free one");
  app.add_flag("--own-addresses", fleet.own_addresses,
               "Each cluster at an address of its own: 127.1.0.1 and on");
  app.add_option("--targets", targets, "Write the base URLs to FILE, one a line");
  app.add_option("--latency-ms", latency_ms, "Before each answer");
  app.add_option("--checkpoint-every", checkpoint_every_s, "Seconds between checkpoints");
  app.add_option("--hanging", fleet.hanging_percent, "Percent of the clusters that never answer");
  app.add_option("--dribbling", fleet.dribbling_percent,
                 "Percent of the clusters that answer a byte a second");
  app.add_option("--log", fleet.log, "Write the URL of each request to FILE");
  app.add_flag("--still", still, "The same bytes each time: no clock, no counter moves");
  CLI11_PARSE(app, argc, argv);
  fleet.moving = !still;
  fleet.latency = std::chrono::milliseconds(latency_ms);
  fleet.checkpoint_interval =
      std::chrono::milliseconds(static_cast<std::int64_t>(checkpoint_every_s * 1000));
  std::vector<collectors::Recording> recordings;
  for (const std::string& file : files) {
    auto recording = collectors::Recording::read(file);
    if (!recording) {
      fmt::print(stderr, "replay-fleet: {}\n", recording.error().message);
      return 2;
    }
    recordings.push_back(std::move(*recording));
  }
  fleet.clusters = fleet.clusters == 0 ? recordings.size() : fleet.clusters;
  const auto server = replay::Server::start(fleet, recordings);
  if (!server) {
    fmt::print(stderr, "replay-fleet: {}\n", server.error().message);
    return 2;
  }
  if (!targets.empty()) {
    std::ofstream out(targets);
    for (std::size_t i = 0; i < fleet.clusters; ++i) {
      out << (*server)->url(i) << '\n';
    }
  }
  for (const int number : {SIGINT, SIGTERM}) {
    std::signal(number, [](int) { stop = true; });
  }
  fmt::print("{}\n", (*server)->url(0));
  std::fflush(stdout);
  (*server)->serve(stop);
  fmt::print("{} connections\n", (*server)->connections());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "replay-fleet: {}\n", e.what());
    return 2;
  }
}
