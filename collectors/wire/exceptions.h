#pragma once

#include <string_view>

#include "base/result.h"
#include "model/exceptions.h"

namespace auditor::collectors::wire {

/// `/jobs/:id/exceptions` of any release from 1.13 on. Error `not_flink` where it has no
/// `exceptionHistory`. At most 20 failures are kept, as many as the server sends
/// unasked.
base::Result<model::JobExceptions> decode_exceptions(std::string_view body);

}  // namespace auditor::collectors::wire
