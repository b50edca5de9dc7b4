#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/copy_on_write.h"
#include "base/murmur3.h"
#include "base/name.h"
#include "base/rare.h"
#include "base/shared_text.h"
#include "base/time.h"
#include "base/wording.h"
#include "model/ids.h"

namespace auditor::model {

enum class Severity : std::uint8_t { info, low, medium, high, critical };
enum class Confidence : std::uint8_t { likely, certain };
enum class Outcome : std::uint8_t { pass, fail, not_applicable, unknown };

std::string_view to_text(Severity severity);
std::string_view to_text(Confidence confidence);
std::string_view to_text(Outcome outcome);
std::optional<Severity> parse_severity(std::string_view text);

enum class SubjectKind : std::uint8_t { cluster, job, vertex };
std::string_view to_text(SubjectKind kind);

/// What a verdict is about: a stable address over redeployments, and the ids of today.
struct Subject {
  SubjectKind kind = SubjectKind::cluster;
  std::optional<JobId> job_id;
  std::optional<std::string> job_name;
  std::optional<JobVertexId> vertex_id;
  std::optional<std::string> vertex_name;
  std::optional<std::size_t> vertex_ordinal;  ///< among the job's vertices of the same name
  friend bool operator==(const Subject&, const Subject&) = default;
};

/// The address of a check and its subject: the same over runs, ways of reading and redeployments.
struct Fingerprint {
  base::Hash128 hash{};

  [[nodiscard]] std::string text() const { return base::to_hex(hash); }  ///< 32 hex digits
  /// Of 32 hex digits; a text that is none gets a fingerprint of its own.
  static Fingerprint from_text(std::string_view text);

  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// A number or a text, as evidence carries it.
using EvidenceValue = std::variant<std::int64_t, double, std::string>;

/// The unit of a time as Flink gives it.
inline constexpr char unix_milliseconds[] = "ms since 1970";

/// Where a value was read: a REST path and a JSON pointer into its answer.
struct EvidenceSource {
  base::SharedText path;
  std::string pointer;
};

/// One fact behind a verdict. `source` is absent for what was derived from the others, and for a
/// key that is not set it points at the whole answer that lacks it.
struct Evidence {
  base::Wording label;
  EvidenceValue value;
  base::Wording unit;  ///< "ms", "bytes", `unix_milliseconds`, … or empty
  base::Wording expected;
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
  base::Name check;
  base::Name practice;
  Outcome outcome = Outcome::unknown;
  Severity severity = Severity::info;
  Confidence confidence = Confidence::certain;
  base::CopyOnWrite<Subject> subject;  ///< most verdicts speak of the same few
  base::Wording message;               ///< of a fail or pass: subject, fact with unit, consequence
  base::Wording reason;                ///< of an unknown or not_applicable
  std::vector<Evidence> evidence;
  base::SharedText remediation;  ///< of a fail; lines that start with four spaces are code
  Fingerprint fingerprint;
  base::Rare<WaiverNote> waiver;  ///< of a fail: it counts as accepted
};

/// hash(check, subject without the cluster, discriminator). `job_key` is the job's name, with its
/// JobID where several live jobs share the name; empty for a cluster.
Fingerprint fingerprint_of(std::string_view check, const Subject& subject, std::string_view job_key,
                           std::string_view discriminator);

}  // namespace auditor::model

template <>
struct std::hash<auditor::model::Fingerprint> {
  std::size_t operator()(const auditor::model::Fingerprint& fingerprint) const noexcept {
    std::size_t first = 0;  // its bytes are a hash already
    std::memcpy(&first, fingerprint.hash.data(), sizeof first);
    return first;
  }
};
