#include "cli/arguments.h"

#include <CLI/CLI.hpp>

namespace auditor::cli {

void add_access(CLI::App& app, AccessOptions& access) {
  app.add_option("--timeout", access.timeout, "For each request, such as 10s")
      ->type_name("DURATION");
  app.add_option("--ca-cert", access.ca_certificate,
                 "CA certificates (PEM) to trust instead of the system's")
      ->type_name("FILE");
  app.add_option("--client-cert", access.client_certificate, "Client certificate (PEM)")
      ->type_name("FILE");
  app.add_option("--client-key", access.client_key, "Its key (PEM)")
      ->type_name("FILE")
      ->needs("--client-cert");
  app.add_option("--token-file", access.token_file, "File with a bearer token")->type_name("FILE");
  app.add_option("--header", access.headers, "A further header, \"Name: value\"; repeatable")
      ->type_name("HEADER")
      ->allow_extra_args(false);
}

void add_target(CLI::App& app, std::string& target) {
  app.add_option("TARGET", target, "A cluster's URL, or a recording (a file or a folder)")
      ->required();
}

void add_jobs(CLI::App& app, std::vector<std::string>& globs) {
  app.add_option("--job", globs, "Only jobs whose name matches; repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
}

void add_uid_words(CLI::App& app, std::vector<std::string>& files) {
  app.add_option("--uid-words", files,
                 "UIDs that the jobs may use: lines and quoted strings of a file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

void add_text_or_json(CLI::App& app, std::string& format) {
  app.add_option("--format", format, "text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
}

void add_quiet(CLI::App& app, bool& quiet) {
  app.add_flag("-q,--quiet", quiet, "No progress and no warnings");
}

}  // namespace auditor::cli
