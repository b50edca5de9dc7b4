#include "web/body.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace auditor::web {

namespace {

constexpr std::size_t longest_text = 1'000;

}  // namespace

tl::expected<nlohmann::json, Problem> json_body(const Request& request) {
  const std::string type = base::to_lower(request.header("content-type").value_or(""));
  if (base::trim(std::string_view(type).substr(0, type.find(';'))) != "application/json") {
    return refuse(415, "the body must be application/json");
  }
  auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object()) {
    return refuse(400, "the body must be a JSON object");
  }
  return body;
}

tl::expected<std::string, Problem> text_member(const nlohmann::json& body, const char* name,
                                               std::string_view otherwise) {
  const auto found = body.find(name);
  if (found == body.end()) {
    return otherwise.empty() ? refuse(400, fmt::format("\"{}\" is missing", name))
                             : tl::expected<std::string, Problem>(otherwise);
  }
  if (!found->is_string()) {
    return refuse(400, fmt::format("\"{}\" must be a text", name));
  }
  // Printable first: what it makes of control characters is white space.
  std::string text(base::trim(base::printable(found->get_ref<const std::string&>())));
  if (text.empty() || text.size() > longest_text) {
    return refuse(400, fmt::format("\"{}\" must have 1 to {} bytes", name, longest_text));
  }
  return text;
}

std::optional<Problem> unknown_member(const nlohmann::json& body,
                                      std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : body.items()) {
    if (std::ranges::find(known, std::string_view(name)) == known.end()) {
      const std::vector<std::string_view> first(known.begin(), known.end() - 1);
      return Problem{400,
                     fmt::format("unknown member \"{}\"; there are {} and {}", name,
                                 fmt::join(first, ", "), *(known.end() - 1)),
                     {}};
    }
  }
  return std::nullopt;
}

}  // namespace auditor::web
