#include "checks/verdicts.h"

namespace auditor::checks {

model::Verdict& Verdicts::add(model::Outcome outcome, Subjects::Shared subject) {
  const std::size_t place = into_->size();
  const model::Verdict* const before = place < earlier_.size() ? earlier_[place].get() : nullptr;
  model::Verdict& verdict = into_->emplace_back();
  verdict.check = before != nullptr ? before->check : base::Name(info_->id);
  verdict.practice = before != nullptr ? before->practice : base::Name(info_->practice);
  verdict.outcome = outcome;
  verdict.severity = info_->severity;
  verdict.confidence = info_->confidence;
  if (before != nullptr && before->subject.is(subject)) {
    verdict.fingerprint = before->fingerprint;
  } else {
    // A check of the cluster may speak of a job that is not there any more.
    const std::string_view key =
        job_key_.empty() && subject->job_name ? *subject->job_name : job_key_;
    verdict.fingerprint = model::fingerprint_of(info_->id, *subject, key, "");
  }
  verdict.subject = std::move(subject);
  return verdict;
}

void Verdicts::fail(Subjects::Shared subject, Failure failure) {
  model::Verdict& verdict = add(model::Outcome::fail, std::move(subject));
  verdict.severity = failure.severity.value_or(info_->severity);
  verdict.confidence = failure.confidence.value_or(info_->confidence);
  verdict.message = std::move(failure.message);
  verdict.evidence = std::move(failure.evidence);
  verdict.remediation = std::move(failure.remediation);
}

void Verdicts::pass(Subjects::Shared subject, base::Wording message,
                    std::vector<model::Evidence> evidence,
                    std::optional<model::Confidence> confidence) {
  model::Verdict& verdict = add(model::Outcome::pass, std::move(subject));
  verdict.confidence = confidence.value_or(info_->confidence);
  verdict.message = std::move(message);
  verdict.evidence = std::move(evidence);
}

void Verdicts::not_applicable(Subjects::Shared subject, base::Wording reason) {
  add(model::Outcome::not_applicable, std::move(subject)).reason = std::move(reason);
}

void Verdicts::unknown(Subjects::Shared subject, base::Wording reason,
                       std::vector<model::Evidence> evidence) {
  model::Verdict& verdict = add(model::Outcome::unknown, std::move(subject));
  verdict.reason = std::move(reason);
  verdict.evidence = std::move(evidence);
}

}  // namespace auditor::checks
