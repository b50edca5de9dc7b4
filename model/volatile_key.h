#pragma once

#include <string_view>

namespace auditor::model {

/// Whether a start sets the key anew though nobody changed the configuration: addresses, ports,
/// temporary folders, Flink's internal keys.
bool is_volatile_key(std::string_view key);

}  // namespace auditor::model
