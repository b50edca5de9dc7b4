#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// What tests read from the source tree.
namespace auditor::testing {

/// A path in the source tree.
std::filesystem::path source(const std::string& relative);

/// The whole file; the test fails where it cannot be read.
std::string read(const std::filesystem::path& path);

nlohmann::json read_json(const std::filesystem::path& path);

/// The files of a folder that end in `suffix`, sorted.
std::vector<std::filesystem::path> files(const std::filesystem::path& folder,
                                         const std::string& suffix);

}  // namespace auditor::testing
