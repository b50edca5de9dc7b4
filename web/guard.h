#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/settings.h"
#include "web/http.h"
#include "web/problem.h"

namespace auditor::web {

/// Who may do what. Immutable: a reload makes another.
class Guard {
 public:
  explicit Guard(model::WebSettings settings) : settings_(std::move(settings)) {}

  /// Why the request is refused; nullopt where it may go on. In this order: a host that is not
  /// ours (421: DNS rebinding), a change that another site asks for (403), no right to it (401,
  /// 403). Any IP address is a host of ours: rebinding needs a name.
  [[nodiscard]] std::optional<Problem> refuses(const Request& request) const;

  [[nodiscard]] const model::WebSettings& settings() const { return settings_; }

 private:
  [[nodiscard]] bool knows_host(std::string_view authority) const;
  [[nodiscard]] bool has_credentials() const;
  [[nodiscard]] bool accepts(std::string_view authorization) const;

  model::WebSettings settings_;
};

/// True if they are equal. Takes the same time wherever they differ; the length may show.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// What base64 text stands for; nullopt where it is not base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace auditor::web
