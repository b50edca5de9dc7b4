#include "base/name.h"

#include <mutex>
#include <set>

namespace auditor::base {

const std::string& Name::kept(std::string_view text) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> names;
  const std::lock_guard lock(mutex);
  const auto found = names.find(text);
  return found != names.end() ? *found : *names.emplace(text).first;
}

}  // namespace auditor::base
