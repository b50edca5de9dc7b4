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

}  // namespace

void Recorder::add(const std::string& path, const Answer& answer) {
  answers_[path] = answer;
}

base::Result<std::string> Recorder::finish(const std::string& target, base::Timestamp now) const {
  Json answers = Json::object();
  for (const auto& [path, answer] : answers_) {
    Json body;
    if (wire::parse(answer.body)) {
      body = Json::parse(answer.body, nullptr, false);
      mask(body, "");
    } else {
      body = model::masked("", answer.body);
    }
    answers[path] = {{"status", answer.status}, {"body", std::move(body)}};
  }
  const Json document{{"schema", "flink-auditor/recording/1"},
                      {"recorded_at", base::format_rfc3339(now)},
                      {"target", model::masked("", target)},
                      {"answers", std::move(answers)}};
  return base::gzip(document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace auditor::collectors
