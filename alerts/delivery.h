#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace auditor::alerts {

/// No attempt waits longer for the next, whatever the receiver asks for.
inline constexpr std::chrono::milliseconds longest_delay = std::chrono::hours(1);

/// What an attempt came to.
struct Attempt {
  std::int64_t number = 1;  ///< 1: the first
  bool mail = false;        ///< `status` is of SMTP
  int status = 0;           ///< 0: there was no answer
  std::string retry_after;  ///< the header; empty: none
  std::string error;        ///< why there was no answer, or what was said in it; without secrets
  base::Timestamp since{};  ///< when it was first to be sent, or asked for again
  base::Timestamp now{};
  double random = 0;  ///< from 0 to 1, 1 excluded
};

/// What follows from it.
struct Decision {
  enum class Kind {
    delivered,
    retry,
    dead,
    stopped,  ///< dead, and the receiver wants no more
  };

  Kind kind = Kind::delivered;
  base::Timestamp retry_at{};
  std::string reason;  ///< for people; empty where delivered
  bool asked = false;  ///< the receiver asked to be left alone until `retry_at`
};

/// 2xx is success. HTTP's 410 stops the receiver; 408, 425, 429, 5xx and what had no answer are
/// tried again, by `Retry-After` of 429 and 503, else after a random part of 5 s, doubled each time
/// up to an hour (at least a second); the rest is dead at once. SMTP's 4xx are tried again, its 5xx
/// are dead. After `retry_for` all is dead.
Decision decide(const Attempt& attempt, std::chrono::milliseconds retry_for);

/// What a Retry-After header asks for, seconds or HTTP's date; nullopt where it is neither, or
/// over.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view header,
                                                          base::Timestamp now);

}  // namespace auditor::alerts
