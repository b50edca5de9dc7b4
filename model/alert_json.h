#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/alert.h"

namespace auditor::model {

/// As the store keeps them and the API gives them: times RFC 3339 UTC with milliseconds, what is
/// absent is null.
std::string to_json(const Alert& alert);
std::string to_json(const Message& message);
std::string to_json(const Silence& silence);

/// Errors: `malformed`, where the text is not what `to_json` gives.
base::Result<Alert> read_alert(std::string_view json);
base::Result<Message> read_message(std::string_view json);
base::Result<Silence> read_silence(std::string_view json);

}  // namespace auditor::model
