#include "checks/operator-uids/proven_job.h"

namespace auditor::checks {

const ProvenJob& proven_job(const Context& context) {
  return context.lasting<ProvenJob>([&context] {
    const auto& details = context.share<model::JobDetails>();
    return ProvenJob{details, prove_uids(*details, context.uid_words())};
  });
}

}  // namespace auditor::checks
