#include "config/targets.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "config/cluster_table.h"
#include "config/scalars.h"
#include "config/yaml.h"

namespace auditor::config {

namespace {

using base::Result;
using model::ClusterSettings;

/// The settings of a group as `labels` gives them, and where.
struct Group {
  ClusterSettings cluster;
  std::string scheme;
  std::string path;
  const Node* name = nullptr;
};

/// A duration in a label, within the bounds that it has as a setting.
Result<std::chrono::milliseconds> read_label_time(const Reader& reader, const Member& label,
                                                  const Table<ClusterSettings>& rows,
                                                  std::string_view setting,
                                                  std::chrono::milliseconds otherwise) {
  auto row = *std::ranges::find(rows.settings, setting, &Setting::name);
  row.name = label.key.scalar;
  auto read = read_value(reader, row, label.value, otherwise);
  return read ? Result<std::chrono::milliseconds>(otherwise) : tl::unexpected(read.error());
}

Result<Group> read_labels(const Reader& reader, const Node* labels,
                          const Table<ClusterSettings>& rows, const ClusterSettings& defaults) {
  Group group{.cluster = defaults, .scheme = {}, .path = {}};
  if (labels == nullptr || labels->kind == Node::Kind::null) {
    return group;
  }
  if (labels->kind != Node::Kind::mapping) {
    return reader.error(*labels, "labels must be a mapping of names to texts");
  }
  const Node* timeout = nullptr;
  for (const Member& label : labels->members) {
    const auto& [key, value] = label;
    if (value.kind != Node::Kind::scalar) {
      return reader.error(value, fmt::format("the label {} must be a text", shown(key)));
    }
    if (key.scalar == "cluster") {
      group.name = &value;
      group.cluster.name = value.scalar;
    } else if (key.scalar == "__scheme__") {
      if (value.scalar != "http" && value.scalar != "https") {
        return reader.error(value, "__scheme__ must be http or https");
      }
      group.scheme = value.scalar;
    } else if (key.scalar == "__path__") {
      group.path = value.scalar;
    } else if (key.scalar == "__scrape_interval__") {
      const auto read = read_label_time(reader, label, rows, "interval", group.cluster.interval);
      if (!read) {
        return tl::unexpected(read.error());
      }
      group.cluster.interval = *read;
    } else if (key.scalar == "__scrape_timeout__") {
      const auto read =
          read_label_time(reader, label, rows, "request_timeout", group.cluster.request_timeout);
      if (!read) {
        return tl::unexpected(read.error());
      }
      group.cluster.request_timeout = *read;
      timeout = &value;
    } else if (!key.scalar.starts_with("__")) {
      if (auto checked = check_label_name(reader, key); !checked) {
        return tl::unexpected(checked.error());
      }
      group.cluster.labels[key.scalar] = value.scalar;
    }
  }
  if (auto fits = fit_timeouts(reader, timeout, nullptr, group.cluster); !fits) {
    return tl::unexpected(fits.error());
  }
  return group;
}

/// A target's URL, completed by what the labels say.
Result<std::string> url_of(const Reader& reader, const Node& target, const Group& group) {
  const std::string_view text = base::trim(target.scalar);
  if (target.kind != Node::Kind::scalar || text.empty()) {
    return reader.error(target, "a target must be host:port or a URL");
  }
  std::string whole;
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos && !group.scheme.empty()) {
    fmt::format_to(std::back_inserter(whole), "{}://", group.scheme);
  }
  whole += text;
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  if (!group.path.empty() && text.find('/', host) == std::string_view::npos) {
    fmt::format_to(std::back_inserter(whole), "{}{}", group.path.starts_with('/') ? "" : "/",
                   group.path);
  }
  return read_url(reader, target, "a target's URL", whole);
}

/// Gathers the clusters, each once.
class Fleet {
 public:
  explicit Fleet(const Reader& reader) : reader_(&reader) {}

  Result<void> add(const Node& place, const Node& target, ClusterSettings cluster) {
    const std::size_t next = clusters_.size();
    const auto [url, new_url] = urls_.try_emplace(cluster.url, next);
    const auto [name, new_name] = names_.try_emplace(cluster.name, next);
    if (!new_url && !new_name && url->second == name->second) {
      return {};  // as Prometheus does: the same target twice is one target
    }
    if (!new_url) {
      return reader_->error(
          target,
          fmt::format("the cluster \"{}\" is there already, under the name \"{}\", at {}",
                      base::printable(cluster.url), base::printable(clusters_[url->second].name),
                      reader_->place(*targets_[url->second])));
    }
    if (!new_name) {
      return reader_->error(
          place,
          fmt::format("two targets are called \"{}\"; the first is at {}: give each a group "
                      "with its own label cluster",
                      base::printable(cluster.name), reader_->place(*targets_[name->second])));
    }
    clusters_.push_back(std::move(cluster));
    targets_.push_back(&target);
    return {};
  }

  std::vector<ClusterSettings> take() { return std::move(clusters_); }

 private:
  const Reader* reader_;
  std::vector<ClusterSettings> clusters_;
  std::vector<const Node*> targets_;
  std::unordered_map<std::string, std::size_t> urls_;
  std::unordered_map<std::string, std::size_t> names_;
};

Result<void> read_group(const Reader& reader, const Node& node, const Table<ClusterSettings>& rows,
                        const std::vector<Setting>& keys, const ClusterSettings& defaults,
                        Fleet& fleet) {
  if (auto fits = check_keys(reader, node, keys, "a group of targets", "setting"); !fits) {
    return fits;
  }
  const auto group = read_labels(reader, node.find("labels"), rows, defaults);
  if (!group) {
    return tl::unexpected(group.error());
  }
  const Node& targets = *node.find("targets");
  if (targets.kind != Node::Kind::sequence) {
    return reader.error(targets, "targets must be a list of host:port or URLs");
  }
  for (const Node& target : targets.items) {
    auto url = url_of(reader, target, *group);
    if (!url) {
      return tl::unexpected(url.error());
    }
    ClusterSettings cluster = group->cluster;
    cluster.url = std::move(*url);
    if (cluster.name.empty()) {
      cluster.name = name_of_url(cluster.url);
    }
    const Node& place = group->name == nullptr ? target : *group->name;
    auto added = check_cluster_name(reader, place, cluster.name);
    if (added) {
      added = fleet.add(place, target, std::move(cluster));
    }
    if (!added) {
      return added;
    }
  }
  return {};
}

}  // namespace

Result<std::vector<ClusterSettings>> parse_targets(const std::string& name, const std::string& text,
                                                   const ClusterSettings& defaults) {
  const auto root = parse_yaml(name, text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  const Reader reader{.file = &name, .folder = {}, .now = {}, .read_files = false};
  if (root->kind == Node::Kind::null) {
    // A file that is being written looks like this for a moment: no reason to forget the fleet.
    return reader.error(*root, "is empty; for no targets write []");
  }
  if (root->kind != Node::Kind::sequence) {
    return reader.error(*root, R"(must be a list of groups, such as "- targets: ['host:8081']")");
  }
  ClusterSettings nameless = defaults;
  nameless.name.clear();
  nameless.url.clear();
  const Table<ClusterSettings> rows = defaults_table(true);
  const std::vector<Setting> keys{
      {.name = "targets", .example = "['host:8081']", .kind = Kind::texts, .required = true},
      {.name = "labels", .kind = Kind::text_map}};
  Fleet fleet(reader);
  for (const Node& group : root->items) {
    if (auto read = read_group(reader, group, rows, keys, nameless, fleet); !read) {
      return tl::unexpected(read.error());
    }
  }
  return fleet.take();
}

Result<std::vector<std::string>> expand_file_globs(std::span<const std::string> patterns) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& pattern : patterns) {
    const fs::path path(pattern);
    const std::string last = path.filename().string();
    if (last.find_first_of("*?") == std::string::npos) {
      files.push_back(pattern);
      continue;
    }
    const fs::path folder = path.parent_path();
    std::error_code error;
    fs::directory_iterator entries(folder.empty() ? fs::path(".") : folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      const std::string entry = entries->path().filename().string();
      std::error_code ignored;  // gone in the meantime: the next look sees it as it is then
      if (!entry.starts_with('.') && base::glob_match(last, entry) &&
          !entries->is_directory(ignored)) {
        files.push_back((folder / entry).string());
      }
    }
    if (error) {
      return base::fail(base::ErrorKind::file, fmt::format("cannot read the folder {}: {}",
                                                           folder.string(), error.message()));
    }
  }
  std::ranges::sort(files);
  files.erase(std::ranges::unique(files).begin(), files.end());
  return files;
}

}  // namespace auditor::config
