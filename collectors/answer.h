#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace auditor::collectors {

/// What came back for one path, from the network or from a recording.
struct Answer {
  int status = 0;
  std::string content_type;  ///< empty in a recording
  std::string location;      ///< of a redirect, else empty
  std::string body;
  base::Timestamp received_at{};
};

/// The body of an answer that Flink's REST API gave for `path`; otherwise an error that says what
/// answered instead, and how to mend it. Flink's own error text is shortened to its first line: the
/// whole is often a stack trace.
base::Result<std::string_view> usable_body(std::string_view path, const Answer& answer);

}  // namespace auditor::collectors
