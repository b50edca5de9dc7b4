#include "cli/command.h"

namespace auditor::cli {

const std::vector<CommandInfo>& commands() {
  static const std::vector<CommandInfo> all{
      {"", "TARGET", "judges one cluster",
       "Judges a running Flink cluster by the practices for production.", make_audit_command},
      {"record", "URL FILE.json.gz", "every answer that an audit needs, in one file",
       "Records every answer that an audit needs in one file, with secrets masked.",
       make_record_command},
      {"uids", "TARGET", "the operators of each job, and which have a UID",
       "Lists the operators of each job, and which of them have a UID.", make_uids_command},
      {"checkpoints", "TARGET", "what each of a job's last checkpoints waited for",
       "Shows what each of a job's last checkpoints waited for: vertex, subtask, phase, host.",
       make_checkpoints_command},
      {"diff", "BEFORE AFTER", "what got better and worse, and what was deployed",
       "Compares two audits: reports, recordings, clusters, or points of a flink-auditd's history.",
       make_diff_command},
      {"gate", "CANDIDATE --against TARGET", "will a new version find the state of the old one",
       "Foretells what restoring a job's savepoint into a new version of it comes to.",
       make_gate_command},
      {"what-if", "TARGET", "what another parallelism of a job would come to",
       "Shows, for each parallelism of a job, its key groups per subtask and the slots it needs.",
       make_what_if_command},
      {"upgrade", "TARGET --to RELEASE", "what a newer Flink asks for, and its config.yaml",
       "Plans the upgrade of a cluster to a newer minor release of Flink.", make_upgrade_command},
      {"fix", "TARGET", "settings that mend findings, to be applied by you",
       "Prints settings that mend the findings that configuration can mend; applies nothing.",
       make_fix_command},
      {"test-receiver", "NAME --config FILE", "a marked message to a receiver of alerts",
       "Sends a receiver of flink-auditd's configuration a message that is marked as a test.",
       make_test_receiver_command},
      {"checks", "", "the catalogue", "Lists every check.", make_checks_command},
      {"explain", "CHECK", "a check's page", "Shows a check's page.", make_explain_command},
  };
  return all;
}

}  // namespace auditor::cli
