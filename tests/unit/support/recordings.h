#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/support/files.h"

namespace auditor::testing {

/// The recorded clusters whose right verdicts are known: NAME of each
/// tests/recordings/NAME.truth.json.
inline std::vector<std::string> recorded_clusters() {
  const std::string tail = ".truth.json";
  std::vector<std::string> names;
  for (const auto& file : files(source("tests/recordings"), tail)) {
    const std::string name = file.filename().string();
    names.push_back(name.substr(0, name.size() - tail.size()));
  }
  return names;
}

/// "ready-2.3.0" → "ready_2_3_0", as GoogleTest wants the name of a test.
inline std::string test_name(std::string cluster) {
  std::ranges::replace_if(cluster, [](char c) { return c == '-' || c == '.'; }, '_');
  return cluster;
}

}  // namespace auditor::testing
