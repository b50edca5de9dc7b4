#include "alerts/delivery.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace auditor::alerts {

namespace {

using base::Timestamp;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds first_delay = seconds(5);
/// So that a small random number makes no storm.
constexpr milliseconds least_delay = seconds(1);

enum class Meaning { success, again, never, stop };

Meaning meaning_of(const Attempt& attempt) {
  const int status = attempt.status;
  if (status >= 200 && status < 300) {
    return Meaning::success;
  }
  if (status == 0) {
    return Meaning::again;
  }
  if (attempt.mail) {
    return status >= 500 ? Meaning::never : Meaning::again;
  }
  if (status == 410) {
    return Meaning::stop;
  }
  const bool again = status >= 500 || status == 408 || status == 425 || status == 429;
  return again ? Meaning::again : Meaning::never;
}

milliseconds backoff(const Attempt& attempt) {
  const auto doublings = std::clamp<std::int64_t>(attempt.number - 1, 0, 20);
  const milliseconds bound = std::min(longest_delay, first_delay * (std::int64_t{1} << doublings));
  const milliseconds delay(static_cast<std::int64_t>(static_cast<double>(bound.count()) *
                                                     std::clamp(attempt.random, 0.0, 1.0)));
  return std::max(delay, least_delay);
}

std::string what_happened(const Attempt& attempt) {
  if (attempt.status == 0) {
    return attempt.error;
  }
  const bool redirect = !attempt.mail && attempt.status >= 300 && attempt.status < 400;
  return fmt::format("the {} answered {}{}{}{}", attempt.mail ? "mail server" : "receiver",
                     attempt.status, attempt.error.empty() ? "" : ": ", attempt.error,
                     redirect ? " (redirects are not followed: set the URL that it leads to)" : "");
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.starts_with('-')
             ? std::optional(value)
             : std::nullopt;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT": the one form that HTTP lets a server write.
std::optional<Timestamp> read_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT") || text[7] != ' ' ||
      text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  const auto day = number(text.substr(5, 2));
  const auto* const month = std::ranges::find(months, text.substr(8, 3));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (!day || month == months.end() || !year || !hour || !minute || !second) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + seconds(*second);
}

}  // namespace

std::optional<milliseconds> read_retry_after(std::string_view header, Timestamp now) {
  header = base::trim(header);
  const bool digits =
      !header.empty() && std::ranges::all_of(header, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    // A number without bound is an hour, too.
    const auto value = header.size() < 9 ? number(header) : std::optional(3600);
    return value && *value > 0 ? std::optional<milliseconds>(seconds(*value)) : std::nullopt;
  }
  const auto date = read_http_date(header);
  return date && *date > now ? std::optional(*date - now) : std::nullopt;
}

Decision decide(const Attempt& attempt, milliseconds retry_for) {
  const Meaning meaning = meaning_of(attempt);
  Decision decision;
  if (meaning == Meaning::success) {
    return decision;
  }
  decision.kind = Decision::Kind::dead;
  decision.reason = what_happened(attempt);
  if (meaning == Meaning::never) {
    return decision;
  }
  if (meaning == Meaning::stop) {
    decision.kind = Decision::Kind::stopped;
    decision.reason += " (gone): it gets no more until the configuration is loaded anew";
    return decision;
  }
  const Timestamp last = attempt.since + retry_for;
  if (attempt.now >= last) {
    decision.reason =
        fmt::format("given up after {}: {}", base::format_duration(retry_for), decision.reason);
    return decision;
  }
  decision.kind = Decision::Kind::retry;
  milliseconds delay = backoff(attempt);
  if (!attempt.mail && (attempt.status == 429 || attempt.status == 503)) {
    if (const auto asked = read_retry_after(attempt.retry_after, attempt.now)) {
      delay = std::min(*asked, longest_delay);
      decision.asked = true;
    }
  }
  // The last attempt is at the very end.
  decision.retry_at = std::min(attempt.now + delay, last);
  return decision;
}

}  // namespace auditor::alerts
