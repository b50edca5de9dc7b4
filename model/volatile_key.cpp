#include "model/volatile_key.h"

#include <algorithm>
#include <array>

namespace auditor::model {

bool is_volatile_key(std::string_view key) {
  constexpr std::array<std::string_view, 8> prefixes{"$internal.",
                                                     "internal.",
                                                     "kubernetes.internal.",
                                                     "yarn.application.id",
                                                     "metrics.internal.query-service.port",
                                                     "web.tmpdir",
                                                     "io.tmp.dirs",
                                                     "process.working-dir"};
  constexpr std::array<std::string_view, 4> endings{".port", ".address", ".resource-id",
                                                    "bind-host"};
  return std::ranges::any_of(prefixes, [key](std::string_view p) { return key.starts_with(p); }) ||
         std::ranges::any_of(endings, [key](std::string_view e) { return key.ends_with(e); });
}

}  // namespace auditor::model
