#include "tests/unit/support/fixture.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "audit/audit.h"
#include "audit/history.h"
#include "checks/engine.h"
#include "checks/judge.h"
#include "tests/unit/support/files.h"

namespace auditor::testing {

namespace {

using Json = nlohmann::json;

constexpr std::string_view base_job = "00000000000000000000000000000a01";

/// RFC 7396, except that arrays are merged element by element and take the patch's length.
void merge(Json& target, const Json& patch) {
  if (patch.is_object()) {
    if (!target.is_object()) {
      target = Json::object();
    }
    for (const auto& [key, value] : patch.items()) {
      if (value.is_null()) {
        target.erase(key);
      } else {
        merge(target[key], value);
      }
    }
  } else if (patch.is_array()) {
    Json merged = Json::array();
    for (std::size_t i = 0; i < patch.size(); ++i) {
      Json element = target.is_array() && i < target.size() ? target[i] : Json();
      merge(element, patch[i]);
      merged.push_back(std::move(element));
    }
    target = std::move(merged);
  } else {
    target = patch;
  }
}

void configure(Json& entries, const Json& configuration) {
  for (const auto& [key, value] : configuration.items()) {
    const auto found =
        std::ranges::find_if(entries, [&k = key](const Json& entry) { return entry["key"] == k; });
    if (value.is_null()) {
      EXPECT_NE(found, entries.end()) << "the base sets no " << key;
      entries.erase(found);
    } else if (found != entries.end()) {
      (*found)["value"] = value;
    } else {
      entries.push_back({{"key", key}, {"value", value}});
    }
  }
}

/// The recording with another JobID for the base's job.
Json renamed(const Json& recording, const std::string& job_id) {
  std::string text = recording.dump();
  for (std::size_t at = text.find(base_job); at != std::string::npos;
       at = text.find(base_job, at + job_id.size())) {
    text.replace(at, base_job.size(), job_id);
  }
  return Json::parse(text);
}

/// A look that saw nothing: {"kind", "message", "status"}.
model::Snapshot failed(const model::Snapshot& seen, const Json& failure) {
  const std::map<std::string, base::ErrorKind> kinds{
      {"network", base::ErrorKind::network},     {"tls", base::ErrorKind::tls},
      {"timed_out", base::ErrorKind::timed_out}, {"http_status", base::ErrorKind::http_status},
      {"not_flink", base::ErrorKind::not_flink}, {"malformed", base::ErrorKind::malformed}};
  model::Snapshot snapshot;
  snapshot.target = seen.target;
  snapshot.taken_at = seen.taken_at;
  snapshot.failure =
      base::Error{kinds.at(failure.at("kind")), failure.at("message"), failure.value("status", 0)};
  return snapshot;
}

/// {"failing_for", "ended_job_state", "watched_jobs", "in_state_for", "ran_long"}; the last two are
/// of the base's job.
model::ClusterHistory history_of(const Json& described, base::Timestamp taken_at) {
  model::ClusterHistory history;
  if (described.contains("failing_for")) {
    history.failing_since =
        taken_at - base::parse_duration(described["failing_for"].get<std::string>()).value();
  }
  history.ended_job_state = described.value("ended_job_state", "");
  history.watched_jobs = described.value("watched_jobs", std::size_t{0});
  if (described.contains("in_state_for")) {
    const auto job = std::make_shared<model::JobHistory>();
    job->stay = {
        taken_at - base::parse_duration(described["in_state_for"].get<std::string>()).value(),
        described.value("ran_long", false)};
    history.jobs[model::JobId(std::string(base_job))] = job;
  }
  return history;
}

/// One look of the fixture, or of one of its frames.
struct Looked {
  std::shared_ptr<const model::Snapshot> seen;  // as a next look reuses it
  model::Snapshot snapshot;
};

Looked look_at(const Json& described, const std::shared_ptr<const model::Snapshot>& previous) {
  const auto recording = collectors::Recording::parse(recording_of(described).dump());
  auto snapshot = recording ? audit::look(*recording, audit::Request{}, previous)
                            : base::Result<model::Snapshot>(tl::unexpected(recording.error()));
  if (!snapshot) {
    ADD_FAILURE() << snapshot.error().message;
    return {};
  }
  if (described.contains("failure")) {
    return {previous, failed(*snapshot, described["failure"])};
  }
  return {std::make_shared<const model::Snapshot>(*snapshot), std::move(*snapshot)};
}

}  // namespace

Json recording_of(const Json& fixture) {
  static const Json base = read_json(source("tests/checks/base.json"));
  Json recording = base;
  if (fixture.contains("before")) {
    const auto at = base::parse_rfc3339(recording["recorded_at"].get<std::string>()).value() -
                    base::parse_duration(fixture["before"].get<std::string>()).value();
    recording["recorded_at"] = base::format_rfc3339(at);
  }
  Json& answers = recording["answers"];
  const Json replaced = fixture.value("answers", Json::object());
  for (const auto& [path, answer] : replaced.items()) {
    answers[path] = answer;
  }
  const Json patches = fixture.value("patch", Json::object());
  for (const auto& [path, patch] : patches.items()) {
    EXPECT_TRUE(answers.contains(path)) << "nothing to patch at " << path;
    merge(answers[path]["body"], patch);
  }
  if (fixture.contains("configuration")) {
    configure(answers["/jobmanager/config"]["body"], fixture["configuration"]);
  }
  for (const auto& path : fixture.value("remove", Json::array())) {
    EXPECT_EQ(answers.erase(path.get<std::string>()), 1U) << "nothing to remove at " << path;
  }
  if (fixture.contains("target")) {
    recording["target"] = fixture["target"];
  }
  return fixture.contains("job_id") ? renamed(recording, fixture["job_id"]) : recording;
}

model::Snapshot look(const Json& document) {
  const auto recording = collectors::Recording::parse(document.dump());
  if (!recording) {
    ADD_FAILURE() << recording.error().message;
    return {};
  }
  auto snapshot = audit::look(*recording, audit::Request{});
  if (!snapshot) {
    ADD_FAILURE() << snapshot.error().message;
    return {};
  }
  return std::move(*snapshot);
}

std::vector<model::Verdict> judge(const std::string& id, const Json& fixture) {
  const checks::Check* check = checks::find_check(id);
  if (check == nullptr) {
    ADD_FAILURE() << "there is no check " << id;
    return {};
  }
  model::Settings settings;
  const Json options = fixture.value("options", Json::object());
  for (const auto& [name, value] : options.items()) {
    settings.checks[id].options[name] = value;
  }
  const std::vector<const checks::Check*> one{check};
  audit::History history("fixture");
  history.expect(fixture.value("expected_jobs", std::vector<std::string>()));
  std::shared_ptr<const model::Snapshot> previous;
  const auto frames = fixture.value("frames", Json::array());
  for (const Json& frame : frames) {
    const Looked looked = look_at(frame, previous);
    previous = looked.seen;
    model::CycleRecord record;
    history.observe(looked.snapshot, record);
  }
  const Looked latest = look_at(fixture, previous);
  if (fixture.contains("history")) {
    return checks::evaluate(latest.snapshot, one, settings,
                            history_of(fixture["history"], latest.snapshot.taken_at));
  }
  if (frames.empty() && !fixture.contains("expected_jobs")) {
    return checks::evaluate(latest.snapshot, one, settings);  // one look, as audit-now takes it
  }
  model::CycleRecord record;
  history.observe(latest.snapshot, record);
  return checks::evaluate(latest.snapshot, one, settings, history.for_checks());
}

}  // namespace auditor::testing
