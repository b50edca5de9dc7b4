#include "model/verdict.h"

#include <algorithm>
#include <array>

#include "base/murmur3.h"

namespace auditor::model {

namespace {

constexpr std::array<std::string_view, 5> severities{"info", "low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 2> confidences{"likely", "certain"};
constexpr std::array<std::string_view, 4> outcomes{"pass", "fail", "not_applicable", "unknown"};
constexpr std::array<std::string_view, 3> kinds{"cluster", "job", "vertex"};

}  // namespace

std::string_view to_text(Severity severity) {
  return severities.at(static_cast<std::size_t>(severity));
}

std::string_view to_text(Confidence confidence) {
  return confidences.at(static_cast<std::size_t>(confidence));
}

std::string_view to_text(Outcome outcome) {
  return outcomes.at(static_cast<std::size_t>(outcome));
}

std::string_view to_text(SubjectKind kind) {
  return kinds.at(static_cast<std::size_t>(kind));
}

std::optional<Severity> parse_severity(std::string_view text) {
  const auto* const found = std::ranges::find(severities, text);
  if (found == severities.end()) {
    return std::nullopt;
  }
  return static_cast<Severity>(found - severities.begin());
}

Fingerprint Fingerprint::from_text(std::string_view text) {
  return {base::from_hex(text).value_or(base::murmur3_x64_128(text))};
}

Fingerprint fingerprint_of(std::string_view check, const Subject& subject, std::string_view job_key,
                           std::string_view discriminator) {
  std::string identity;
  constexpr std::size_t usual = 256;
  identity.reserve(usual);
  const auto add = [&identity](std::string_view part) {
    identity += part;
    identity += '\0';
  };
  add(check);
  add(to_text(subject.kind));
  add(job_key);
  add(subject.vertex_name.value_or(""));
  add(subject.vertex_ordinal ? std::to_string(*subject.vertex_ordinal) : "");
  add(discriminator);
  return {base::murmur3_x64_128(identity)};
}

}  // namespace auditor::model
