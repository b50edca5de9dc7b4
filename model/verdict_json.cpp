#include "model/verdict_json.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/report_json.h"

namespace auditor::model {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::string> optional_text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                     : std::nullopt;
}

template <class Id>
std::optional<Id> optional_id(const Json& object, const char* key) {
  auto text = optional_text(object, key);
  return text ? std::optional(Id(std::move(*text))) : std::nullopt;
}

template <class Enum>
Enum parse(const std::string& text, std::initializer_list<Enum> values) {
  for (const Enum value : values) {
    if (to_text(value) == text) {
      return value;
    }
  }
  return *values.begin();
}

Subject subject_of(const Json& object) {
  Subject subject;
  subject.kind =
      parse(text_of(object, "kind"), {SubjectKind::cluster, SubjectKind::job, SubjectKind::vertex});
  subject.job_id = optional_id<JobId>(object, "job_id");
  subject.job_name = optional_text(object, "job_name");
  subject.vertex_id = optional_id<JobVertexId>(object, "vertex_id");
  subject.vertex_name = optional_text(object, "vertex_name");
  if (const auto ordinal = object.find("vertex_ordinal");
      ordinal != object.end() && ordinal->is_number_unsigned()) {
    subject.vertex_ordinal = ordinal->get<std::size_t>();
  }
  return subject;
}

EvidenceValue value_of(const Json& value) {
  if (value.is_number_integer()) {
    return value.get<std::int64_t>();
  }
  if (value.is_number()) {
    return value.get<double>();
  }
  return value.is_string() ? value.get<std::string>() : std::string();
}

Evidence evidence_of(const Json& object) {
  Evidence evidence;
  evidence.label = text_of(object, "label");
  evidence.value = value_of(object.value("value", Json()));
  evidence.unit = text_of(object, "unit");
  evidence.expected = text_of(object, "expected");
  if (const auto source = object.find("source"); source != object.end() && source->is_object()) {
    evidence.source = EvidenceSource{text_of(*source, "path"), text_of(*source, "pointer")};
  }
  evidence.observed_at = base::parse_rfc3339(text_of(object, "observed_at"));
  return evidence;
}

Verdict verdict_of(const Json& object) {
  Verdict verdict;
  verdict.check = text_of(object, "check");
  verdict.practice = text_of(object, "practice");
  verdict.outcome = parse(text_of(object, "verdict"), {Outcome::unknown, Outcome::pass,
                                                       Outcome::fail, Outcome::not_applicable});
  verdict.severity = parse_severity(text_of(object, "severity")).value_or(Severity::info);
  verdict.confidence =
      parse(text_of(object, "confidence"), {Confidence::certain, Confidence::likely});
  verdict.subject = subject_of(object.value("subject", Json::object()));
  verdict.message = text_of(object, "message");
  verdict.reason = text_of(object, "reason");
  const Json evidence = object.value("evidence", Json::array());
  verdict.evidence.reserve(evidence.size());
  for (const Json& item : evidence) {
    verdict.evidence.push_back(evidence_of(item));
  }
  verdict.remediation = text_of(object, "remediation");
  verdict.fingerprint = Fingerprint::from_text(text_of(object, "fingerprint"));
  if (const auto waiver = object.find("waiver"); waiver != object.end() && waiver->is_object()) {
    verdict.waiver =
        WaiverNote{text_of(*waiver, "id"), text_of(*waiver, "reason"), text_of(*waiver, "owner"),
                   base::parse_rfc3339(text_of(*waiver, "until"))};
  }
  return verdict;
}

}  // namespace

std::string to_json(const Verdict& verdict) {
  Json object = verdict_json(verdict);
  if (verdict.subject->vertex_ordinal) {
    object["subject"]["vertex_ordinal"] = *verdict.subject->vertex_ordinal;
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<Verdict> verdict_from_json(std::string_view text) {
  const auto malformed = [] {
    return base::fail(base::ErrorKind::malformed, "not a verdict as JSON");
  };
  try {
    const Json object = Json::parse(text);
    return object.is_object() ? base::Result<Verdict>(verdict_of(object)) : malformed();
  } catch (const Json::exception&) {
    return malformed();  // the library's words would not help
  }
}

}  // namespace auditor::model
