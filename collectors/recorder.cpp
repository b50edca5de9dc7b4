#include <nlohmann/json.hpp>

#include "base/gzip.h"
#include "base/time.h"
#include "collectors/recording.h"
#include "collectors/wire/json.h"
#include "model/secrets.h"

namespace auditor::collectors {

namespace {

using Json = nlohmann::ordered_json;

/// Masks in place: the value of a secret key, in an object's members and in Flink's {"key": …,
/// "value": …} rows, and the password in any URL. The depth is bounded: simdjson refused deeper
/// documents before.
void mask(Json& node, std::string_view key) {
  if (node.is_string()) {
    node = model::masked(key, node.get_ref<const std::string&>());
  } else if (node.is_object()) {
    const auto row_key = node.find("key");
    const bool is_row = row_key != node.end() && row_key->is_string() && node.contains("value");
    const std::string own_key = is_row ? row_key->get<std::string>() : std::string();
    for (auto& [name, child] : node.items()) {
      mask(child, is_row && name == "value" ? std::string_view(own_key) : std::string_view(name));
    }
  } else if (node.is_array()) {
    for (Json& child : node) {
      mask(child, key);
    }
  }
}

Json answers_of(const std::map<std::string, Answer>& recorded) {
  Json answers = Json::object();
  for (const auto& [path, answer] : recorded) {
    Json body;
    if (wire::parse(answer.body)) {
      body = Json::parse(answer.body, nullptr, false);
      mask(body, "");
    } else {
      body = model::masked("", answer.body);
    }
    answers[path] = {{"status", answer.status}, {"body", std::move(body)}};
  }
  return answers;
}

}  // namespace

void Recorder::add(const std::string& path, const Answer& answer) {
  answers_[path] = answer;
}

void Recorder::end_frame(base::Timestamp taken_at) {
  frames_.push_back({taken_at, std::move(answers_)});
  answers_.clear();
}

std::size_t Recorder::size() const {
  std::size_t all = answers_.size();
  for (const Frame& frame : frames_) {
    all += frame.answers.size();
  }
  return all;
}

base::Result<std::string> Recorder::finish(const std::string& target) const {
  Json document{{"schema", "flink-auditor/recording/1"}, {"target", model::masked("", target)}};
  if (frames_.size() == 1) {
    document["recorded_at"] = base::format_rfc3339(frames_.front().taken_at);
    document["answers"] = answers_of(frames_.front().answers);
  } else {
    Json frames = Json::array();
    for (const Frame& frame : frames_) {
      frames.push_back({{"recorded_at", base::format_rfc3339(frame.taken_at)},
                        {"answers", answers_of(frame.answers)}});
    }
    document["frames"] = std::move(frames);
  }
  return base::gzip(document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace auditor::collectors
