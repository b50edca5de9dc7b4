#include "report/html.h"

#include <algorithm>

#include "auditor_assets.h"

namespace auditor::report {

std::string to_html(std::string_view report_json) {
  constexpr std::string_view gap = "@REPORT@";  // web/ui/build.mjs leaves it
  const auto files = assets::files();
  const auto page = std::ranges::find(files, "report.html", &base::EmbeddedFile::name);
  const std::string_view frame = page == files.end() ? gap : page->content;
  const std::size_t at = frame.find(gap);
  std::string html;
  html.reserve(frame.size() + report_json.size() + report_json.size() / 16);
  html += frame.substr(0, at);
  for (const char c : report_json) {
    if (c == '<') {
      html += "\\u003c";  // else a name with </script> would end the document's element
    } else {
      html += c;
    }
  }
  html += frame.substr(at + gap.size());
  return html;
}

}  // namespace auditor::report
