#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/options.h"

namespace auditor::cli {

/// `audit-now TARGET`.
ExitCode run_audit(const AuditOptions& options);

/// `audit-now record URL FILE`.
struct RecordOptions {
  std::string url;
  std::string file;
  std::optional<std::chrono::milliseconds> every;  ///< nullopt: once
  std::chrono::milliseconds lasting{0};            ///< how long, with `every`
  AccessOptions access;
  bool quiet = false;
};
ExitCode run_record(const RecordOptions& options);

/// `audit-now uids TARGET`: the operators of each job, and which have a UID.
struct UidsOptions {
  std::string target;
  AccessOptions access;
  std::vector<std::string> jobs;       ///< globs
  std::vector<std::string> uid_words;  ///< files
  Format format = Format::text;        ///< text or json
  bool quiet = false;
};
ExitCode run_uids(const UidsOptions& options);

/// `audit-now checkpoints TARGET`: what each of the last checkpoints waited for.
struct CheckpointsOptions {
  std::string target;
  AccessOptions access;
  std::vector<std::string> jobs;  ///< globs
  std::size_t checkpoints = 10;   ///< how many of each job
  Format format = Format::text;   ///< text or json
  bool quiet = false;
};
ExitCode run_checkpoints(const CheckpointsOptions& options);

/// `audit-now checks`: the catalogue as a text or Markdown table, or as JSON.
ExitCode run_checks(Format format);

/// `audit-now explain CHECK`: its page.
ExitCode run_explain(const std::string& check);

/// Prints "audit-now: …" on stderr and gives the exit code of the error's kind.
ExitCode report_error(const base::Error& error);

}  // namespace auditor::cli
