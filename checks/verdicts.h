#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/subjects.h"
#include "model/check_info.h"
#include "model/verdict.h"
#include "model/verdict_list.h"

namespace auditor::checks {

/// What a fail says. Severity and confidence are the check's own unless set.
struct Failure {
  base::Wording message;  ///< subject, fact with unit, consequence
  std::vector<model::Evidence> evidence;
  std::string remediation;  ///< for the detected release, with what it costs; lines starting with
                            ///< four spaces are code
  std::optional<model::Severity> severity{};
  std::optional<model::Confidence> confidence{};
};

/// Takes a check's verdicts.
class Verdicts {
 public:
  /// `job_key` as in `model::fingerprint_of`. `earlier`: what the check said of the same cluster or
  /// job the last time, with the same key; a verdict on the same subject has the same address.
  Verdicts(const model::CheckInfo& info, std::string_view job_key,
           std::span<const model::VerdictList::Pointer> earlier, std::vector<model::Verdict>& into)
      : info_(&info), job_key_(job_key), earlier_(earlier), into_(&into) {
    into.reserve(earlier.size());
  }

  void fail(Subjects::Shared subject, Failure failure);
  void pass(Subjects::Shared subject, base::Wording message, std::vector<model::Evidence> evidence,
            std::optional<model::Confidence> confidence = std::nullopt);
  /// `reason` says why the question does not arise, or what is missing to answer it.
  void not_applicable(Subjects::Shared subject, base::Wording reason);
  void unknown(Subjects::Shared subject, base::Wording reason,
               std::vector<model::Evidence> evidence = {});

 private:
  model::Verdict& add(model::Outcome outcome, Subjects::Shared subject);

  const model::CheckInfo* info_;
  std::string_view job_key_;
  std::span<const model::VerdictList::Pointer> earlier_;
  std::vector<model::Verdict>* into_;
};

}  // namespace auditor::checks
