#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "checks/context.h"
#include "checks/verdicts.h"
#include "model/check_info.h"

namespace auditor::checks {

/// The options of one check: the configured values over the defaults.
class Options {
 public:
  Options(const model::CheckInfo& info, const std::map<std::string, double>& configured)
      : info_(&info), configured_(&configured) {}

  /// In the unit of the option's kind. The name must be one of the check's own.
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view name) const;
  [[nodiscard]] base::Bytes bytes(std::string_view name) const;

 private:
  const model::CheckInfo* info_;
  const std::map<std::string, double>* configured_;
};

/// A check: what it is and one pure function from model to verdicts. No I/O, no clock, no globals.
struct Check {
  model::CheckInfo info;
  void (*evaluate)(const Context& context, const Options& options, Verdicts& out);
};

}  // namespace auditor::checks
