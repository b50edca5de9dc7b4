#include "tests/unit/support/files.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/gzip.h"

namespace auditor::testing {

std::filesystem::path source(const std::string& relative) {
  return std::filesystem::path(AUDITOR_SOURCE_DIR) / relative;
}

std::string read(const std::filesystem::path& path) {
  auto content = base::read_file(path.string(), base::mebibytes(64));
  if (content && base::is_gzip(*content)) {
    content = base::gunzip(*content, base::mebibytes(64));
  }
  if (!content) {
    ADD_FAILURE() << content.error().message;
    return {};
  }
  return *content;
}

nlohmann::json read_json(const std::filesystem::path& path) {
  nlohmann::json document = nlohmann::json::parse(read(path), nullptr, false);
  EXPECT_FALSE(document.is_discarded()) << path << " is not JSON";
  return document;
}

std::vector<std::filesystem::path> files(const std::filesystem::path& folder,
                                         const std::string& suffix) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().ends_with(suffix)) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace auditor::testing
