#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/alert.h"

namespace auditor::model {

/// Reads what Alertmanager writes: `severity=~"high|critical"`, `team!=payments`. The value may
/// stand without quotes where it has no quote, comma, brace or white space. Errors: `usage`, with
/// what is wrong and how it ought to look. Whether an expression compiles is not looked at.
base::Result<Matcher> parse_matcher(std::string_view text);

/// What `parse_matcher` reads, with quotes.
std::string to_text(const Matcher& matcher);

/// The value of a label; empty where it is absent.
std::string_view label_of(const std::map<std::string, std::string>& labels,
                          const std::string& name);

}  // namespace auditor::model
