#include "cli/formats.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <ranges>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/html.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/prometheus.h"
#include "report/sarif.h"
#include "report/text.h"

namespace auditor::cli {

namespace {

constexpr std::array formats{
    ReportFormat{"text",
                 [](const model::AuditReport& report, const Rendering& rendering) {
                   return report::to_text(report, {.color = rendering.color,
                                                   .verbose = rendering.verbose,
                                                   .baseline = rendering.baseline,
                                                   .note = rendering.not_counted});
                 }},
    ReportFormat{"json", [](const model::AuditReport& report,
                            const Rendering& /*rendering*/) { return model::to_json(report); }},
    ReportFormat{"markdown",
                 [](const model::AuditReport& report, const Rendering& rendering) {
                   return report::to_markdown(
                       report, {.baseline = rendering.baseline, .note = rendering.not_counted});
                 }},
    ReportFormat{"html",
                 [](const model::AuditReport& report, const Rendering& rendering) {
                   return report::to_html(model::to_json(report), rendering.drawings);
                 }},
    ReportFormat{"sarif",
                 [](const model::AuditReport& report, const Rendering& rendering) {
                   return report::to_sarif(
                       report, {.path = rendering.sarif_path, .baseline = rendering.baseline});
                 }},
    ReportFormat{"junit",
                 [](const model::AuditReport& report, const Rendering& rendering) {
                   return report::to_junit(report, rendering.baseline);
                 }},
    ReportFormat{"prometheus",
                 [](const model::AuditReport& report, const Rendering& /*rendering*/) {
                   return report::to_prometheus(report);
                 }},
};

base::Result<Output> parse_output(const std::string& text, const ReportFormat& format) {
  const std::size_t equals = text.find('=');
  const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
  const ReportFormat* named = find_format(name);
  if (!name.empty() && named == nullptr &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos) {
    return base::fail(
        base::ErrorKind::usage,
        fmt::format(R"(--output "{}": no format "{}"; there are {} (a file of that name: ./{}))",
                    text, name,
                    fmt::join(formats | std::views::transform(&ReportFormat::name), ", "), text));
  }
  Output output{named != nullptr ? named : &format,
                named != nullptr ? text.substr(equals + 1) : text};
  const std::filesystem::path folder = std::filesystem::path(output.file).parent_path();
  std::error_code ignored;
  if (output.file.empty()) {
    return base::fail(base::ErrorKind::usage, fmt::format("--output \"{}\": no file name", text));
  }
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
    return base::fail(base::ErrorKind::file, fmt::format("cannot write {}: there is no folder {}",
                                                         output.file, folder.string()));
  }
  return output;
}

}  // namespace

std::span<const ReportFormat> report_formats() {
  return formats;
}

const ReportFormat* find_format(std::string_view name) {
  const auto* const found = std::ranges::find(formats, name, &ReportFormat::name);
  return found == formats.end() ? nullptr : found;
}

base::Result<std::vector<Output>> parse_outputs(const std::vector<std::string>& texts,
                                                const ReportFormat& format) {
  std::vector<Output> outputs;
  bool on_stdout = true;
  for (const std::string& text : texts) {
    auto output = parse_output(text, format);
    if (!output) {
      return tl::unexpected(output.error());
    }
    on_stdout = on_stdout && output->file != text;
    outputs.push_back(std::move(*output));
  }
  if (on_stdout) {
    outputs.push_back({&format, ""});
  }
  return outputs;
}

}  // namespace auditor::cli
