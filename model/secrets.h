#pragma once

#include <string>
#include <string_view>

namespace auditor::model {

/// True if a configuration key's value must not be shown: Flink's own markers of all releases, and
/// those that it forgets
/// ("access-key", "access.key", "credential", "private"; flink-facts F.1).
bool is_secret_key(std::string_view key);

/// `value` of `key` as it may be stored and shown: "******" for a secret key, and without the
/// password of any URL in it.
std::string masked(std::string_view key, std::string_view value);

}  // namespace auditor::model
