#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "auditor_assets.h"
#include "web/handlers.h"

/// The page and the files that it is made of.
namespace auditor::web {

namespace {

constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Asset {
  std::string path;  ///< under /assets/, with the hash of its content
  std::string file;
  std::string type;
};

/// What the bundle's manifest.json tells (web/ui/build.mjs).
const std::vector<Asset>& page_assets() {
  static const std::vector<Asset> all = [] {
    std::vector<Asset> rows;
    const auto manifest = embedded("manifest.json", "application/json");
    const auto document =
        manifest ? nlohmann::json::parse(manifest->body, nullptr, false) : nlohmann::json::object();
    for (const auto& row : document.value("assets", nlohmann::json::array())) {
      rows.push_back({row.value("path", ""), row.value("file", ""), row.value("type", "")});
    }
    return rows;
  }();
  return all;
}

}  // namespace

Answer embedded(std::string_view name, std::string content_type) {
  const auto files = assets::files();
  const auto file = std::ranges::find(files, name, &base::EmbeddedFile::name);
  if (file == files.end()) {
    return refuse(500, fmt::format("{} is not built in", name));
  }
  return Response{.content_type = std::move(content_type), .body = std::string(file->content)};
}

Answer get_page(const Context& /*context*/) {
  auto page = embedded("index.html", "text/html; charset=utf-8");
  if (page) {
    page->set("content-security-policy", std::string(page_policy));
    page->set("cross-origin-opener-policy", "same-origin");
  }
  return page;
}

Answer get_asset(const Context& context) {
  const auto& assets = page_assets();
  const auto asset = std::ranges::find(assets, context.captures.at(0), &Asset::path);
  if (asset == assets.end()) {
    return refuse(404, "there is no such file; a reload of the page names those that there are");
  }
  auto file = embedded(asset->file, asset->type);
  if (file) {
    file->set("cache-control", "public, max-age=31536000, immutable");
  }
  return file;
}

}  // namespace auditor::web
