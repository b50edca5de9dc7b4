#include "report/html.h"

#include <algorithm>

#include "auditor_assets.h"

namespace auditor::report {

namespace {

/// Puts JSON where the frame has the gap, which web/ui/build.mjs leaves; gives what follows it.
std::string_view fill(std::string& html, std::string_view frame, std::string_view gap,
                      std::string_view json) {
  const std::size_t at = frame.find(gap);
  if (at == std::string_view::npos) {
    return frame;
  }
  html += frame.substr(0, at);
  for (const char c : json) {
    if (c == '<') {
      html += "\\u003c";  // else a name with </script> would end the document's element
    } else {
      html += c;
    }
  }
  return frame.substr(at + gap.size());
}

}  // namespace

std::string to_html(std::string_view report_json, std::string_view drawings) {
  const auto files = assets::files();
  const auto page = std::ranges::find(files, "report.html", &base::EmbeddedFile::name);
  std::string_view frame = page == files.end() ? "@REPORT@" : page->content;
  std::string html;
  html.reserve(frame.size() + report_json.size() + report_json.size() / 16 + drawings.size());
  frame = fill(html, frame, "@REPORT@", report_json);
  html += fill(html, frame, "@DRAWINGS@", drawings);
  return html;
}

}  // namespace auditor::report
