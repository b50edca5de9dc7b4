#pragma once

#include "checks/operator-uids/uid_knowledge.h"

namespace auditor::checks {

/// Tells the ids that chained operators have if they have no UID, though nothing that Flink shows
/// depends on them (`OperatorProof::id_without_uid`), where that can be told.
///
/// Where all heads are automatic and all operators can be counted, the chained ones that feed no
/// vertex have the positions that are left. Flink gives these first in, first out: the operator
/// whose parent was earlier comes earlier, and those of one parent in the order of the chain.
void presume_ids(UidKnowledge& facts);

}  // namespace auditor::checks
