#pragma once

#include <string>
#include <vector>

#include "audit/audit.h"
#include "base/result.h"
#include "cli/exit_code.h"
#include "http/client.h"
#include "model/settings.h"

namespace auditor::cli {

/// How to reach a cluster.
struct AccessOptions {
  std::string ca_certificate;
  std::string client_certificate;
  std::string client_key;
  std::string token_file;
  std::vector<std::string> headers;
  std::string timeout = "10s";
};

/// Prints "audit-now: …" on stderr and gives the exit code of the error's kind.
ExitCode report_error(const base::Error& error);

/// True for what is to be read as a URL rather than a file: "http://…", "host:8081".
bool looks_like_url(const std::string& target);

/// The target and limits of a live audit; reads the token file. Errors: `usage` or `file`.
base::Result<http::Target> resolve(const std::string& url, const AccessOptions& options);

/// The settings of a run: the configuration file, narrowed to the checks that match a glob, with
/// the words of `uid_words` (files). Errors: `configuration`, `file`, or `usage` where no check
/// matches or there are too many words.
base::Result<model::Settings> resolve_settings(const std::string& configuration,
                                               const std::vector<std::string>& check_globs,
                                               const std::vector<std::string>& uid_words);

/// The same for an audit: where TARGET is a timeline, with what its earlier frames saw.
base::Result<audit::Watched> watch(const std::string& target, const AccessOptions& options,
                                   const audit::Request& request, bool quiet);

/// One look at TARGET, a URL or a recording, with a line of progress for a person who waits. Errors
/// name the target, or the globs that no running job matches.
base::Result<model::Snapshot> look(const std::string& target, const AccessOptions& options,
                                   const audit::Request& request, bool quiet);

}  // namespace auditor::cli
