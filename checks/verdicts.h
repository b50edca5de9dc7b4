#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/check_info.h"
#include "model/verdict.h"

namespace auditor::checks {

/// What a fail says. Severity and confidence are the check's own unless set.
struct Failure {
  std::string message;  ///< subject, fact with unit, consequence
  std::vector<model::Evidence> evidence;
  std::string remediation;  ///< for the detected release, with what it costs; lines starting with
                            ///< four spaces are code
  std::optional<model::Severity> severity{};
  std::optional<model::Confidence> confidence{};
};

/// Takes a check's verdicts.
class Verdicts {
 public:
  /// `job_key` as in `model::fingerprint_of`.
  Verdicts(const model::CheckInfo& info, std::string job_key, std::vector<model::Verdict>& into)
      : info_(&info), job_key_(std::move(job_key)), into_(&into) {}

  void fail(model::Subject subject, Failure failure);
  void pass(model::Subject subject, std::string message, std::vector<model::Evidence> evidence,
            std::optional<model::Confidence> confidence = std::nullopt);
  /// `reason` says why the question does not arise, or what is missing to answer it.
  void not_applicable(model::Subject subject, std::string reason);
  void unknown(model::Subject subject, std::string reason,
               std::vector<model::Evidence> evidence = {});

 private:
  model::Verdict& add(model::Outcome outcome, model::Subject subject);

  const model::CheckInfo* info_;
  std::string job_key_;
  std::vector<model::Verdict>* into_;
};

}  // namespace auditor::checks
