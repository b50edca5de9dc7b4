#include "base/name.h"

#include <functional>
#include <mutex>
#include <unordered_set>

namespace auditor::base {

namespace {

struct Hash : std::hash<std::string_view> {
  using is_transparent = void;
};

}  // namespace

const std::string& Name::kept(std::string_view text) {
  static std::mutex mutex;
  static std::unordered_set<std::string, Hash, std::equal_to<>> names;
  const std::lock_guard lock(mutex);
  const auto found = names.find(text);
  return found != names.end() ? *found : *names.emplace(text).first;
}

}  // namespace auditor::base
