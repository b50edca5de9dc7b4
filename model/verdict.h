#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/ids.h"

namespace auditor::model {

enum class Severity { info, low, medium, high, critical };
enum class Confidence { likely, certain };
enum class Outcome { pass, fail, not_applicable, unknown };

std::string_view to_text(Severity severity);
std::string_view to_text(Confidence confidence);
std::string_view to_text(Outcome outcome);
std::optional<Severity> parse_severity(std::string_view text);

enum class SubjectKind { cluster, job, vertex };
std::string_view to_text(SubjectKind kind);

/// What a verdict is about: a stable address over redeployments, and the ids of today.
struct Subject {
  SubjectKind kind = SubjectKind::cluster;
  std::optional<JobId> job_id;
  std::optional<std::string> job_name;
  std::optional<JobVertexId> vertex_id;
  std::optional<std::string> vertex_name;
  std::optional<std::size_t> vertex_ordinal;  ///< among the job's vertices of the same name
};

/// A number or a text, as evidence carries it.
using EvidenceValue = std::variant<std::int64_t, double, std::string>;

/// The unit of a time as Flink gives it.
inline constexpr std::string_view unix_milliseconds = "ms since 1970";

/// Where a value was read: a REST path and a JSON pointer into its answer.
struct EvidenceSource {
  std::string path;
  std::string pointer;
};

/// One fact behind a verdict. `source` is absent for what was derived from the others, and for a
/// key that is not set it points at the whole answer that lacks it.
struct Evidence {
  std::string label;
  EvidenceValue value;
  std::string unit;  ///< "ms", "bytes", `unix_milliseconds`, … or empty
  std::string expected;
  std::optional<EvidenceSource> source;
  std::optional<base::Timestamp> observed_at;
};

/// The waiver that lies over a fail.
struct WaiverNote {
  std::string id;
  std::string reason;
  std::string owner;
  std::optional<base::Timestamp> until;
};

/// One check's word on one subject.
struct Verdict {
  std::string check;
  std::string practice;
  Outcome outcome = Outcome::unknown;
  Severity severity = Severity::info;
  Confidence confidence = Confidence::certain;
  Subject subject;
  std::string message;  ///< of a fail or pass: subject, fact with unit, consequence
  std::string reason;   ///< of an unknown or not_applicable
  std::vector<Evidence> evidence;
  std::string remediation;  ///< of a fail; lines that start with four spaces are code
  std::string
      fingerprint;  ///< 32 hex digits; the same over runs, ways of reading and redeployments
  std::optional<WaiverNote> waiver;  ///< of a fail: it counts as accepted
};

/// hash(check, subject without the cluster, discriminator). `job_key` is the job's name, with its
/// JobID where several live jobs share the name; empty for a cluster.
std::string fingerprint_of(std::string_view check, const Subject& subject, std::string_view job_key,
                           std::string_view discriminator);

}  // namespace auditor::model
