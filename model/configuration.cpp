#include "model/configuration.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace auditor::model {

std::string_view ConfigurationKey::name_in(const FlinkVersion& version) const {
  for (const KeyName& key : names) {
    if (!key.name.empty() && version.at_least(key.since_major, key.since_minor)) {
      return key.name;
    }
  }
  return names.front().name;
}

Configuration::Configuration(std::vector<ConfigurationEntry> entries)
    : entries_(std::make_shared<const std::vector<ConfigurationEntry>>(std::move(entries))) {}

const std::vector<ConfigurationEntry>& Configuration::entries() const {
  static const std::vector<ConfigurationEntry> none;
  return entries_ ? *entries_ : none;
}

const ConfigurationEntry* Configuration::find(std::string_view name) const {
  const auto found = std::ranges::find_if(
      entries(), [name](const ConfigurationEntry& entry) { return entry.key == name; });
  return found == entries().end() ? nullptr : &*found;
}

const ConfigurationEntry* Configuration::find(const ConfigurationKey& key) const {
  for (const KeyName& name : key.names) {
    if (!name.name.empty()) {
      if (const ConfigurationEntry* entry = find(name.name)) {
        return entry;
      }
    }
  }
  return nullptr;
}

std::optional<bool> Configuration::flag(const ConfigurationKey& key, bool otherwise) const {
  const ConfigurationEntry* entry = find(key);
  if (entry == nullptr) {
    return otherwise;
  }
  const std::string value = base::to_lower(base::trim(entry->value));
  if (value == "true") {
    return true;
  }
  return value == "false" ? std::optional(false) : std::nullopt;
}

Platform platform_of(const Configuration& configuration) {
  const ConfigurationEntry* target = configuration.find(keys::execution_target);
  const std::string name = target == nullptr ? "" : base::to_lower(target->value);
  if (name.starts_with("kubernetes") ||
      configuration.find(keys::kubernetes_cluster_id) != nullptr) {
    return Platform::kubernetes;
  }
  const bool yarn =
      name.starts_with("yarn") ||
      std::ranges::any_of(configuration.entries(), [](const ConfigurationEntry& entry) {
        return entry.key == "yarn.application.id" || entry.key.starts_with("$internal.yarn.");
      });
  return yarn ? Platform::yarn : Platform::standalone;
}

bool is_reactive(const Configuration& configuration) {
  const ConfigurationEntry* mode = configuration.find(keys::scheduler_mode);
  return mode != nullptr && base::to_lower(base::trim(mode->value)) == "reactive";
}

bool is_adaptive(const Configuration& configuration) {
  const ConfigurationEntry* scheduler = configuration.find(keys::scheduler);
  return is_reactive(configuration) ||
         (scheduler != nullptr && base::to_lower(base::trim(scheduler->value)) == "adaptive");
}

std::string scheme_of(std::string_view path) {
  const std::size_t colon = path.find(':');
  if (colon == std::string_view::npos || colon == 0 ||
      path.substr(0, colon).find('/') != std::string_view::npos) {
    return {};
  }
  return base::to_lower(path.substr(0, colon));
}

}  // namespace auditor::model
