#include "cli/options.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "base/time.h"
#include "base/url.h"
#include "checks/engine.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "collectors/recording.h"
#include "config/settings.h"

namespace auditor::cli {

namespace {

constexpr int standard_error = 2;

/// A file that is no PEM would otherwise only show in the TLS handshake, as a riddle. An empty name
/// passes.
base::Result<void> check_pem(const std::string& file) {
  if (file.empty()) {
    return {};
  }
  const auto content = base::read_file(file, base::mebibytes(16));
  if (!content) {
    return tl::unexpected(content.error());
  }
  if (content->find("-----BEGIN ") == std::string::npos) {
    return base::fail(base::ErrorKind::usage,
                      fmt::format("{}: not a PEM file (no \"-----BEGIN …\" in it)", file));
  }
  return {};
}

/// The words of the files. Errors: `file`, or `usage` where they are too many.
base::Result<model::UidTable> read_uid_words(const std::vector<std::string>& files) {
  constexpr std::size_t most_words = 200'000;
  model::UidTable table;
  for (const std::string& file : files) {
    const auto content = base::read_file(file, base::mebibytes(16));
    if (!content) {
      return tl::unexpected(content.error().prefixed("--uid-words"));
    }
    for (const std::string_view word : model::uid_words(*content)) {
      table.add(word);
    }
    if (table.entries().size() > most_words) {
      return base::fail(base::ErrorKind::usage,
                        fmt::format("--uid-words {}: more than {} words; give only files in which "
                                    "the job's UIDs are",
                                    file, most_words));
    }
  }
  return table;
}

}  // namespace

bool looks_like_url(const std::string& target) {
  if (target.find("://") != std::string::npos) {
    return true;
  }
  std::error_code ignored;
  if (std::filesystem::exists(target, ignored)) {
    return false;
  }
  // "host:8081", "[::1]:8081/prefix": a port behind the last colon before any path.
  const std::string authority = target.substr(0, target.find('/'));
  const std::size_t colon = authority.rfind(':');
  return colon != std::string::npos && colon + 1 < authority.size() &&
         authority.find_first_not_of("0123456789", colon + 1) == std::string::npos;
}

base::Result<http::Target> resolve(const std::string& url, const AccessOptions& options) {
  http::Target target;
  auto base_url = base::normalize_base_url(url);
  if (!base_url) {
    return tl::unexpected(base_url.error());
  }
  target.base_url = std::move(*base_url);
  target.ca_file = options.ca_certificate;
  target.client_certificate = options.client_certificate;
  target.client_key = options.client_key;
  for (const std::string& file :
       {options.ca_certificate, options.client_certificate, options.client_key}) {
    if (const auto checked = check_pem(file); !checked) {
      return tl::unexpected(checked.error());
    }
  }
  target.headers = options.headers;
  if (!options.token_file.empty()) {
    const auto token = base::read_file(options.token_file, base::kibibytes(64));
    if (!token) {
      return tl::unexpected(token.error().prefixed("--token-file"));
    }
    target.bearer_token = base::trim(*token);
    const bool empty = target.bearer_token.empty();
    if (empty || target.bearer_token.find_first_of("\r\n ") != std::string::npos) {
      return base::fail(base::ErrorKind::usage,
                        fmt::format("--token-file {}: {}", options.token_file,
                                    empty ? "is empty" : "must hold one token on one line"));
    }
  }
  if (const auto checked = http::check_credentials(target); !checked) {
    return tl::unexpected(checked.error());
  }
  const auto timeout = base::parse_duration(options.timeout);
  if (!timeout || timeout->count() <= 0 || *timeout > std::chrono::hours(1)) {
    return base::fail(
        base::ErrorKind::usage,
        fmt::format("--timeout \"{}\": must be a duration up to 1h, such as 10s", options.timeout));
  }
  target.limits.request_timeout = *timeout;
  target.limits.connect_timeout = std::min(target.limits.connect_timeout, *timeout);
  return target;
}

base::Result<model::Settings> resolve_settings(const std::string& configuration,
                                               const std::vector<std::string>& check_globs,
                                               const std::vector<std::string>& uid_words) {
  auto words = read_uid_words(uid_words);
  if (!words) {
    return tl::unexpected(words.error());
  }
  model::Settings settings;
  const auto infos = checks::descriptions();
  if (!configuration.empty()) {
    auto loaded = config::load(configuration, infos);
    if (!loaded) {
      return loaded;
    }
    settings = std::move(*loaded);
  }
  settings.uid_words = std::move(*words);
  if (check_globs.empty()) {
    return settings;
  }
  for (const std::string& glob : check_globs) {
    const bool matches = std::ranges::any_of(
        infos, [&glob](const model::CheckInfo* info) { return base::glob_match(glob, info->id); });
    if (!matches) {
      std::vector<std::string_view> ids;
      ids.reserve(infos.size());
      for (const model::CheckInfo* info : infos) {
        ids.push_back(info->id);
      }
      const std::string_view near = base::nearest(glob, ids);
      return base::fail(base::ErrorKind::usage,
                        fmt::format("--check \"{}\" matches no check{}", base::printable(glob),
                                    near.empty() ? "; `audit-now checks` lists them"
                                                 : fmt::format("; did you mean \"{}\"?", near)));
    }
  }
  for (const model::CheckInfo* info : infos) {
    const bool chosen = std::ranges::any_of(
        check_globs, [info](const std::string& glob) { return base::glob_match(glob, info->id); });
    if (!chosen) {
      settings.checks[std::string(info->id)].enabled = false;
    }
  }
  return settings;
}

namespace {

base::Result<model::Snapshot> look_at_cluster(const std::string& target,
                                              const AccessOptions& options,
                                              const audit::Request& request, bool quiet) {
  const auto access = resolve(target, options);
  if (!access) {
    return tl::unexpected(access.error());
  }
  ProgressLine line(!quiet && is_terminal(standard_error));
  return audit::look(*access, request,
                     [&line](const audit::Progress& progress) { line.show(progress); })
      .map_error([&access](const base::Error& error) {
        // Network errors name the URL already; the others are about a path on it.
        return error.message.find(access->base_url) != std::string::npos
                   ? error
                   : error.prefixed(access->base_url);
      });
}

base::Result<audit::Watched> look_at_recording(const std::string& target,
                                               const audit::Request& request) {
  std::error_code ignored;
  if (!std::filesystem::exists(target, ignored)) {
    std::vector<std::string_view> names;
    for (const CommandInfo& info : commands()) {
      names.push_back(info.name);
    }
    const std::string_view near = base::nearest(target, names);
    return base::fail(
        base::ErrorKind::usage,
        fmt::format("there is no file \"{}\", and it is no URL such as http://host:8081{}", target,
                    near.empty() ? "" : fmt::format("; did you mean the command {}?", near)));
  }
  const auto frames = collectors::Recording::read_frames(target);
  if (!frames) {
    return tl::unexpected(base::Error{base::ErrorKind::file, frames.error().message});
  }
  return audit::watch(*frames, request).map_error([&target](const base::Error& error) {
    return error.prefixed(target);
  });
}

}  // namespace

base::Result<audit::Watched> watch(const std::string& target, const AccessOptions& options,
                                   const audit::Request& request, bool quiet) {
  auto watched =
      looks_like_url(target)
          ? look_at_cluster(target, options, request, quiet).map([](model::Snapshot&& snapshot) {
              return audit::Watched{std::move(snapshot), {}};
            })
          : look_at_recording(target, request);
  if (watched && !request.jobs.empty() && watched->latest.jobs.empty()) {
    return base::fail(base::ErrorKind::usage,
                      "no running job matches --job " + base::join(request.jobs, ", "));
  }
  return watched;
}

base::Result<model::Snapshot> look(const std::string& target, const AccessOptions& options,
                                   const audit::Request& request, bool quiet) {
  return watch(target, options, request, quiet).map([](audit::Watched&& watched) {
    return std::move(watched.latest);
  });
}

ExitCode report_error(const base::Error& error) {
  fmt::print(stderr, "audit-now: {}\n", base::printable(error.message));
  switch (error.kind) {
    case base::ErrorKind::usage:
    case base::ErrorKind::configuration:
    case base::ErrorKind::file:
      return ExitCode::wrong_use;
    case base::ErrorKind::internal:
      return ExitCode::internal_error;
    default:
      return ExitCode::not_assessed;
  }
}

}  // namespace auditor::cli
