#include "collectors/recording.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/gzip.h"
#include "collectors/wire/job.h"
#include "collectors/wire/metrics.h"
#include "collectors/wire/recording.h"

namespace auditor::collectors {

namespace {

constexpr base::Bytes largest_file = base::mebibytes(512);

/// "/jobs/<id>" and nothing behind it.
bool is_job_path(std::string_view path) {
  constexpr std::string_view prefix = "/jobs/";
  return path.starts_with(prefix) && path != "/jobs/overview" && path != "/jobs/metrics" &&
         path.find_first_of("/?", prefix.size()) == std::string_view::npos;
}

/// "a%5B1%5D" → "a[1]".
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    if (text[i] == '%' && digits.size() == 2 &&
        std::from_chars(digits.data(), digits.data() + 2, value, 16).ptr == digits.data() + 2) {
      plain += static_cast<char>(value);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

base::Result<std::vector<Recording>> Recording::parse_frames(std::string_view document,
                                                             bool last_only) {
  auto decoded = wire::decode_recording(document, last_only);
  if (!decoded) {
    return tl::unexpected(decoded.error());
  }
  std::vector<Recording> frames;
  frames.reserve(decoded->frames.size());
  for (wire::RecordedFrame& frame : decoded->frames) {
    Recording& recording = frames.emplace_back();
    recording.target_ = decoded->target;
    for (wire::RecordedAnswer& answer : frame.answers) {
      recording.answers_[std::move(answer.path)] = {answer.status, std::move(answer.body)};
    }
    recording.settle(frame.recorded_at);
  }
  return frames;
}

base::Result<Recording> Recording::parse(std::string_view document) {
  return parse_frames(document, true).map([](std::vector<Recording>&& frames) {
    return std::move(frames.back());
  });
}

base::Result<Recording> Recording::read_folder(const std::string& path) {
  const auto index = base::read_file(path + "/index.json", largest_file);
  if (!index) {
    return tl::unexpected(index.error());
  }
  const auto entries = wire::decode_index(*index);
  if (!entries) {
    return tl::unexpected(entries.error().prefixed(path + "/index.json"));
  }
  Recording recording;
  for (const wire::IndexEntry& entry : *entries) {
    if (entry.file.find("..") != std::string::npos || entry.file.starts_with('/')) {
      return base::fail(
          base::ErrorKind::malformed,
          fmt::format("{}/index.json: \"{}\" leads out of the folder", path, entry.file));
    }
    auto body = base::read_file(path + "/" + entry.file, largest_file);
    if (body) {  // a capture may lack a file: that answer was not recorded
      recording.answers_[entry.path] = {entry.status, std::move(*body)};
    }
  }
  recording.settle(std::nullopt);
  return recording;
}

base::Result<std::vector<Recording>> Recording::read_file(const std::string& path, bool last_only) {
  std::error_code ignored;
  base::Result<std::vector<Recording>> frames;
  if (std::filesystem::is_directory(path, ignored)) {
    auto folder = read_folder(path);
    if (!folder) {
      return tl::unexpected(folder.error());
    }
    frames->push_back(std::move(*folder));
  } else {
    auto content = base::read_file(path, largest_file);
    if (!content) {
      return tl::unexpected(content.error());
    }
    if (base::is_gzip(*content)) {
      content = base::gunzip(*content, largest_file);
      if (!content) {
        return tl::unexpected(content.error().prefixed(path));
      }
    }
    frames = parse_frames(*content, last_only);
    if (!frames) {
      return tl::unexpected(frames.error().prefixed(path));
    }
  }
  for (Recording& frame : *frames) {
    if (frame.target_.empty()) {
      frame.target_ = path;
    }
  }
  return frames;
}

base::Result<Recording> Recording::read(const std::string& path) {
  return read_file(path, true).map([](std::vector<Recording>&& frames) {
    return std::move(frames.back());
  });
}

base::Result<std::vector<Recording>> Recording::read_frames(const std::string& path) {
  return read_file(path, false);
}

void Recording::settle(std::optional<base::Timestamp> recorded_at) {
  if (recorded_at) {
    recorded_at_ = *recorded_at;
    return;
  }
  // A capture carries no time: it is the newest clock of the server in it.
  for (const auto& [path, stored] : answers_) {
    if (is_job_path(path)) {
      recorded_at_ = std::max(recorded_at_, wire::server_time(stored.body).value_or(recorded_at_));
    }
  }
}

std::string Recording::overview_from_jobs() const {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& [path, stored] : answers_) {
    if (!is_job_path(path)) {
      continue;
    }
    const auto job = stored.status == 200
                         ? wire::decode_job(stored.body)
                         : base::fail(base::ErrorKind::http_status, "not recorded as found");
    if (job) {
      rows.push_back({{"jid", job->id.value}, {"name", job->name}, {"state", to_text(job->state)}});
    }
  }
  return nlohmann::json{{"jobs", rows}}.dump();
}

/// The answer to `PATH?get=a,b` out of all metrics at `PATH?get=*`, as Flink would give it.
std::optional<Answer> Recording::metrics_answer(const std::string& path) const {
  constexpr std::string_view get = "?get=";
  const std::size_t at = path.find(get);
  if (at == std::string::npos && path.ends_with("/metrics")) {
    // The list of names: a reader of it takes no more of each row.
    const auto listed = answers_.find(path + "?get=*");
    return listed == answers_.end() ? std::nullopt
                                    : std::optional(Answer{listed->second.status, "", "",
                                                           listed->second.body, recorded_at_});
  }
  const auto all = answers_.find(path.substr(0, at) + "?get=*");
  if (at == std::string::npos || all == answers_.end()) {
    return std::nullopt;
  }
  const std::string of = path.substr(0, at);
  const std::string asked = path.substr(at + get.size());
  const bool aggregated =
      of.ends_with("/subtasks/metrics") || of == "/taskmanagers/metrics" || of == "/jobs/metrics";
  std::vector<std::string> names;
  for (const auto name : std::views::split(asked.substr(0, asked.find('&')), ',')) {
    names.push_back(unescape(std::string_view(name.begin(), name.end())));
  }
  return Answer{all->second.status, "", "",
                all->second.status == 200
                    ? wire::choose_metrics(all->second.body, names, aggregated)
                    : all->second.body,
                recorded_at_};
}

base::Result<Answer> Recording::answer(const std::string& path) const {
  const auto found = answers_.find(path);
  if (found != answers_.end()) {
    return Answer{found->second.status, "", "", found->second.body, recorded_at_};
  }
  if (auto metrics = metrics_answer(path)) {
    return std::move(*metrics);
  }
  const bool has_jobs =
      std::ranges::any_of(answers_, [](const auto& entry) { return is_job_path(entry.first); });
  if (path == "/jobs/overview" && has_jobs) {
    return Answer{200, "", "", overview_from_jobs(), recorded_at_};
  }
  return base::fail(base::ErrorKind::not_recorded, "not in the recording");
}

}  // namespace auditor::collectors
