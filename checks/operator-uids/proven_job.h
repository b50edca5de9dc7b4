#pragma once

#include "checks/context.h"
#include "checks/operator-uids/uid_proof.h"
#include "model/part.h"

namespace auditor::checks {

/// A job and the proofs of its operators' UIDs, which refer to it.
struct ProvenJob {
  model::Shared<model::JobDetails> details;
  UidProofs proofs;
};

/// That of the job which is judged: made once for all checks, and kept as long as its document
/// reads the same. Needs `job`.
const ProvenJob& proven_job(const Context& context);

}  // namespace auditor::checks
