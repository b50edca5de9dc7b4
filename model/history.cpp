#include "model/history.h"

#include <array>

#include "base/murmur3.h"
#include "model/waiver.h"

namespace auditor::model {

namespace {

constexpr std::array<std::string_view, 12> event_kinds{
    "job_appeared",      "job_state_changed", "job_restarted",          "job_deployed",
    "job_ended",         "job_disappeared",   "jobmanager_failed_over", "cluster_unreachable",
    "cluster_reachable", "cluster_gone",      "cluster_added",          "cluster_removed"};
constexpr std::array<std::string_view, 3> finding_states{"pending", "firing", "resolved"};

template <class Enum, std::size_t size>
std::optional<Enum> parse(const std::array<std::string_view, size>& names, std::string_view text) {
  for (std::size_t i = 0; i < size; ++i) {
    if (names.at(i) == text) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

std::string hash_of(std::string_view cluster, std::string_view rest) {
  std::string both(cluster);
  both += '\0';
  both += rest;
  return base::to_hex(base::murmur3_x64_128(both));
}

}  // namespace

std::string_view to_text(EventKind kind) {
  return event_kinds.at(static_cast<std::size_t>(kind));
}

std::optional<EventKind> parse_event_kind(std::string_view text) {
  return parse<EventKind>(event_kinds, text);
}

std::string_view to_text(FindingState state) {
  return finding_states.at(static_cast<std::size_t>(state));
}

std::optional<FindingState> parse_finding_state(std::string_view text) {
  return parse<FindingState>(finding_states, text);
}

std::string_view to_text(Waiver::Source source) {
  return source == Waiver::Source::api ? "api" : "configuration";
}

bool CycleRecord::empty() const {
  return !removed && jobs.empty() && deployments.empty() && events.empty() && verdicts.empty() &&
         findings.empty() && transitions.empty() && checkpoints.empty() && scores.empty() &&
         state_days.empty() && job_hours.empty() && alerts.empty() && report_gz.empty();
}

std::string job_record_id(std::string_view cluster, std::string_view key) {
  return hash_of(cluster, key);
}

std::string finding_id(std::string_view cluster, const Fingerprint& fingerprint) {
  return hash_of(cluster, fingerprint.text());
}

}  // namespace auditor::model
