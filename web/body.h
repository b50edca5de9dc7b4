#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "web/http.h"
#include "web/problem.h"

/// Reading the bodies of requests; what is wrong is a problem that says how it ought to look.
namespace auditor::web {

/// The body, a JSON object.
tl::expected<nlohmann::json, Problem> json_body(const Request& request);

/// A text member: trimmed, without control characters, at most 1000 bytes. An absent one is
/// `otherwise`; where that is empty, the member is missing.
tl::expected<std::string, Problem> text_member(const nlohmann::json& body, const char* name,
                                               std::string_view otherwise = {});

/// The problem of a member that is not one of `known`.
std::optional<Problem> unknown_member(const nlohmann::json& body,
                                      std::initializer_list<std::string_view> known);

}  // namespace auditor::web
