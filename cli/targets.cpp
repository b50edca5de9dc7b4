#include "cli/targets.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::cli {

base::Result<const model::JobSnapshot*> one_job(const model::Snapshot& snapshot,
                                                const std::string& name,
                                                const std::string& target) {
  std::vector<const model::JobSnapshot*> exact;
  std::vector<const model::JobSnapshot*> found;
  std::vector<std::string> names;
  for (const model::JobSnapshot& job : snapshot.jobs) {
    names.push_back(base::printable(job.overview.name));
    if (job.overview.name == name) {
      exact.push_back(&job);
    }
    if (name.empty() || base::glob_match(name, job.overview.name)) {
      found.push_back(&job);
    }
  }
  if (exact.size() == 1) {
    return exact.front();
  }
  if (found.size() == 1) {
    return found.front();
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  constexpr std::size_t shown = 8;
  const std::size_t more = names.size() > shown ? names.size() - shown : 0;
  names.resize(std::min(names.size(), shown));
  return base::fail(
      base::ErrorKind::usage,
      fmt::format("{}: {}; {}{}", target,
                  found.empty() ? name.empty() ? std::string("no job runs there")
                                               : fmt::format("no job \"{}\" runs there", name)
                  : name.empty()
                      ? fmt::format("{} jobs run there: say which by --job NAME", found.size())
                      : fmt::format("{} jobs are named \"{}\": give a name that only one has",
                                    found.size(), name),
                  names.empty() ? "start it first" : "there are " + base::join(names, ", "),
                  more > 0 ? fmt::format(" and {} more", more) : ""));
}

}  // namespace auditor::cli
