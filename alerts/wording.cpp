#include "alerts/wording.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "model/matcher.h"

namespace auditor::alerts {

namespace {

using model::Alert;
using model::Message;
using model::Severity;

std::string_view job_of(const Alert& alert) {
  return model::label_of(alert.labels, "job");
}

std::string_view check_of(const Alert& alert) {
  const std::string_view check = model::label_of(alert.labels, "check");
  return check.empty() ? model::label_of(alert.labels, "alertname") : check;
}

/// "43 jobs on 6 clusters"; with "+" where more were left out.
std::string places_of(const Message& message) {
  std::set<std::pair<std::string_view, std::string_view>> jobs;
  std::set<std::string_view> clusters;
  for (const Alert& alert : message.alerts) {
    clusters.insert(alert.cluster);
    if (const std::string_view job = job_of(alert); !job.empty()) {
      jobs.emplace(alert.cluster, job);
    }
  }
  const auto counted = [&message](std::size_t count, std::string_view noun) {
    return message.left_out == 0 ? base::plural(count, noun) : fmt::format("{}+ {}s", count, noun);
  };
  const std::string where =
      clusters.size() == 1 ? std::string(*clusters.begin()) : counted(clusters.size(), "cluster");
  return jobs.empty() ? where : fmt::format("{} on {}", counted(jobs.size(), "job"), where);
}

/// All of one place.
bool at_one_place(const Message& message) {
  const Alert& first = message.alerts.front();
  return message.left_out == 0 && std::ranges::all_of(message.alerts, [&](const Alert& alert) {
           return alert.cluster == first.cluster && job_of(alert) == job_of(first);
         });
}

std::string encoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", byte);
    }
  }
  return out;
}

}  // namespace

std::string minute_text(base::Timestamp time) {
  constexpr std::size_t date = 10;
  constexpr std::size_t clock = 5;
  const std::string text = base::format_rfc3339(time);
  return fmt::format("{} {} UTC", text.substr(0, date), text.substr(date + 1, clock));
}

std::string state_of(const Alert& alert) {
  if (!alert.firing) {
    return "Over";
  }
  std::string text(to_text(alert.severity));
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string place_of(const Alert& alert) {
  const std::string_view job = job_of(alert);
  if (alert.cluster.empty()) {
    return "the auditor itself";
  }
  return job.empty() ? alert.cluster : fmt::format("{} on {}", job, alert.cluster);
}

std::string title_of(const Alert& alert) {
  return base::printable(
      fmt::format("{}: {} · {}", state_of(alert), check_of(alert), place_of(alert)));
}

std::string title_of(const Message& message) {
  if (message.kind != Message::Kind::alerts || message.alerts.empty()) {
    return base::printable(message.title);
  }
  const auto firing =
      static_cast<std::size_t>(std::ranges::count(message.alerts, true, &Alert::firing));
  const std::size_t over = message.alerts.size() - firing;
  const Alert& worst = *std::ranges::max_element(message.alerts, {}, [](const Alert& alert) {
    return std::pair(alert.firing, alert.severity);
  });
  std::set<std::string_view> checks;
  for (const Alert& alert : message.alerts) {
    checks.insert(check_of(alert));
  }
  const std::string what =
      checks.size() == 1 ? std::string(*checks.begin()) : base::plural(checks.size(), "check");
  return base::printable(
      fmt::format("{}: {} · {}{}", state_of(worst), what,
                  at_one_place(message) ? place_of(worst) : places_of(message),
                  firing > 0 && over > 0 ? fmt::format(" ({} over)", over) : ""));
}

std::string timing_of(const Alert& alert, base::Timestamp at) {
  std::string text;
  if (alert.firing) {
    const auto lasts = std::max(at - alert.starts_at, std::chrono::milliseconds(0));
    text = fmt::format("Firing since {}, for {}.", minute_text(alert.starts_at),
                       base::format_duration(std::chrono::floor<std::chrono::seconds>(lasts)));
  } else {
    const base::Timestamp end = alert.ends_at.value_or(at);
    const auto lasted = std::max(end - alert.starts_at, std::chrono::milliseconds(0));
    const std::string reason = alert.changes.empty() ? std::string() : alert.changes.back().reason;
    text = fmt::format("Over since {}, after {}{}{}.", minute_text(end),
                       base::format_duration(std::chrono::floor<std::chrono::seconds>(lasted)),
                       reason.empty() ? "" : ": ", reason);
  }
  if (alert.changes.size() > 1) {
    const auto fired = std::ranges::count(alert.changes, true, &model::AlertChange::firing);
    fmt::format_to(std::back_inserter(text), " It fired {} and was over {} since the last message.",
                   base::plural(static_cast<std::size_t>(fired), "time"),
                   base::plural(alert.changes.size() - static_cast<std::size_t>(fired), "time"));
  }
  return text;
}

std::string rest_of(std::size_t left_out) {
  return left_out == 0
             ? std::string()
             : fmt::format("{} more {} not listed here.", left_out, left_out == 1 ? "is" : "are");
}

std::string link_of(const Alert& alert, const model::AlertingSettings& settings) {
  if (settings.external_url.empty()) {
    return {};
  }
  return alert.cluster.empty()
             ? fmt::format("{}/#/auditor", settings.external_url)
             : fmt::format("{}/#/findings/{}", settings.external_url, encoded(alert.id));
}

std::string_view colour_of(const Alert& alert) {
  if (!alert.firing) {
    return "#2e8540";
  }
  switch (alert.severity) {
    case Severity::critical:
      return "#b3001b";
    case Severity::high:
      return "#d9480f";
    case Severity::medium:
      return "#e0a800";
    default:
      return "#3b73af";
  }
}

}  // namespace auditor::alerts
