#include "cli/baseline_file.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "model/report_reader.h"

namespace auditor::cli {

base::Result<std::optional<model::AuditReport>> read_baseline(const std::string& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed) && !failed) {
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder, failed)) {
      return base::fail(
          base::ErrorKind::file,
          fmt::format("--baseline: cannot write {}: there is no folder {}", file, folder.string()));
    }
    return std::nullopt;
  }
  const auto content = base::read_file(file, base::mebibytes(256));
  if (!content) {
    return tl::unexpected(content.error().prefixed("--baseline"));
  }
  auto report = model::report_from_json(*content);
  if (!report) {
    return base::fail(
        base::ErrorKind::usage,
        fmt::format("--baseline {}: {}; it takes what --format json writes, and where there is no "
                    "such file the first run makes it",
                    file, report.error().message));
  }
  return std::optional(std::move(*report));
}

base::Result<void> write_baseline(const std::string& file, const model::AuditReport& report) {
  auto written = base::write_file(file, model::to_json(report));
  if (!written) {
    return tl::unexpected(written.error().prefixed("--baseline"));
  }
  const auto findings = static_cast<std::size_t>(
      std::ranges::count_if(report.results, [](const model::Verdict& verdict) {
        return verdict.outcome == model::Outcome::fail && !verdict.waiver;
      }));
  fmt::print(stderr,
             "audit-now: wrote {} as the baseline, with {}: from now on only new ones count for "
             "the exit code\n",
             base::printable(file), base::plural(findings, "finding"));
  return {};
}

}  // namespace auditor::cli
