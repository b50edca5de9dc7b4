#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace CLI {
class App;
}

/// Options that several commands have, described once.
namespace auditor::cli {

/// --timeout, --ca-cert, --client-cert, --client-key, --token-file, --header.
void add_access(CLI::App& app, AccessOptions& access);

/// The positional TARGET, required: a URL or a recording.
void add_target(CLI::App& app, std::string& target);

/// --job GLOB, repeatable.
void add_jobs(CLI::App& app, std::vector<std::string>& globs);

/// --uid-words FILE, repeatable.
void add_uid_words(CLI::App& app, std::vector<std::string>& files);

/// --format text|json.
void add_text_or_json(CLI::App& app, std::string& format);

/// -q, --quiet.
void add_quiet(CLI::App& app, bool& quiet);

}  // namespace auditor::cli
