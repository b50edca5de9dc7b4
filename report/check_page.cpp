#include "report/check_page.h"

#include <algorithm>

#include <fmt/format.h>

#include "auditor_assets.h"
#include "base/text.h"

namespace auditor::report {

std::string_view check_page(std::string_view check) {
  const auto files = assets::files();
  const auto page =
      std::ranges::find(files, fmt::format("{}.md", check), &base::EmbeddedFile::name);
  return page == files.end() ? std::string_view() : page->content;
}

std::string first_paragraph(std::string_view page, std::string_view heading) {
  const std::string title = fmt::format("\n## {}\n\n", heading);
  const std::size_t at = page.find(title);
  if (at == std::string_view::npos) {
    return {};
  }
  page.remove_prefix(at + title.size());
  std::string paragraph(page.substr(0, page.find("\n\n")));
  std::ranges::replace(paragraph, '\n', ' ');
  return std::string(base::trim(paragraph));
}

}  // namespace auditor::report
