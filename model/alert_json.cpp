#include "model/alert_json.h"

#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace auditor::model {

namespace {

using base::ErrorKind;
using base::Result;
using Json = nlohmann::ordered_json;
using Labels = std::map<std::string, std::string>;

constexpr std::array<std::string_view, 4> message_kinds{"alerts", "digest", "deployment", "test"};

/// In the order of `Matcher::Kind`.
constexpr std::array<std::string_view, 4> matcher_kinds{"equal", "not_equal", "matches",
                                                        "not_matches"};

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json time_json(const std::optional<base::Timestamp>& time) {
  return time ? Json(base::format_rfc3339(*time)) : Json();
}

Json alert_json(const Alert& alert) {
  Json changes = Json::array();
  for (const AlertChange& change : alert.changes) {
    changes.push_back({{"firing", change.firing},
                       {"at", base::format_rfc3339(change.at)},
                       {"reason", change.reason}});
  }
  return {{"id", alert.id},
          {"cluster", alert.cluster},
          {"job", alert.job},
          {"labels", alert.labels},
          {"summary", alert.summary},
          {"remediation", alert.remediation},
          {"severity", to_text(alert.severity)},
          {"firing", alert.firing},
          {"starts_at", base::format_rfc3339(alert.starts_at)},
          {"ends_at", time_json(alert.ends_at)},
          {"revision", alert.revision},
          {"changes", std::move(changes)},
          {"muted_until", time_json(alert.muted_until)},
          {"first_sight", alert.first_sight}};
}

/// Reads the members of one object; what is wrong once stays wrong.
class Members {
 public:
  explicit Members(const Json& object) : object_(&object) { ok_ = object.is_object(); }

  [[nodiscard]] bool ok() const { return ok_; }

  void read(const char* name, std::string& into) {
    if (const Json* value = find(name, &Json::is_string)) {
      into = value->get<std::string>();
    }
  }

  void read(const char* name, bool& into) {
    if (const Json* value = find(name, &Json::is_boolean)) {
      into = value->get<bool>();
    }
  }

  void read(const char* name, std::int64_t& into) {
    if (const Json* value = find(name, &Json::is_number_integer)) {
      into = value->get<std::int64_t>();
    }
  }

  void read(const char* name, base::Timestamp& into) {
    std::string text;
    read(name, text);
    const auto time = base::parse_rfc3339(text);
    ok_ = ok_ && time;
    into = time.value_or(into);
  }

  void read(const char* name, std::optional<base::Timestamp>& into) {
    const auto found = ok_ ? object_->find(name) : Json::const_iterator();
    if (!ok_ || found == object_->end() || found->is_null()) {
      into.reset();
      return;
    }
    base::Timestamp time{};
    read(name, time);
    into = time;
  }

  void read(const char* name, Labels& into) {
    const Json* value = find(name, &Json::is_object);
    if (value == nullptr) {
      return;
    }
    for (const auto& [label, text] : value->items()) {
      ok_ = ok_ && text.is_string();
      if (ok_) {
        into[label] = text.get<std::string>();
      }
    }
  }

  /// A word of `words`, of which the values of `into` are the indices.
  template <class Enum, std::size_t Count>
  void read(const char* name, const std::array<std::string_view, Count>& words, Enum& into) {
    std::string text;
    read(name, text);
    for (std::size_t i = 0; i < Count; ++i) {
      if (words[i] == text) {
        into = static_cast<Enum>(i);
        return;
      }
    }
    ok_ = false;
  }

  /// Each element of a list, by a function that says whether it could be read.
  template <class Each>
  void read_each(const char* name, const Each& each) {
    if (const Json* list = find(name, &Json::is_array)) {
      for (const Json& element : *list) {
        ok_ = ok_ && each(element);
      }
    }
  }

 private:
  const Json* find(const char* name, bool (Json::*is)() const noexcept) {
    if (!ok_) {
      return nullptr;
    }
    const auto found = object_->find(name);
    ok_ = found != object_->end() && ((*found).*is)();
    return ok_ ? &*found : nullptr;
  }

  const Json* object_;
  bool ok_ = true;
};

bool read_change(const Json& json, AlertChange& into) {
  Members members(json);
  members.read("firing", into.firing);
  members.read("at", into.at);
  members.read("reason", into.reason);
  return members.ok();
}

bool read_alert(const Json& json, Alert& into) {
  Members members(json);
  members.read("id", into.id);
  members.read("cluster", into.cluster);
  members.read("job", into.job);
  members.read("labels", into.labels);
  members.read("summary", into.summary);
  members.read("remediation", into.remediation);
  std::string severity;
  members.read("severity", severity);
  members.read("firing", into.firing);
  members.read("starts_at", into.starts_at);
  members.read("ends_at", into.ends_at);
  members.read("revision", into.revision);
  members.read_each("changes", [&into](const Json& change) {
    return read_change(change, into.changes.emplace_back());
  });
  members.read("muted_until", into.muted_until);
  members.read("first_sight", into.first_sight);
  const auto known = parse_severity(severity);
  into.severity = known.value_or(into.severity);
  return members.ok() && known;
}

bool read_message(const Json& json, Message& into) {
  Members members(json);
  members.read("kind", message_kinds, into.kind);
  members.read("receiver", into.receiver);
  members.read("group_key", into.group_key);
  members.read("group_labels", into.group_labels);
  members.read("at", into.at);
  members.read_each("alerts", [&into](const Json& alert) {
    return read_alert(alert, into.alerts.emplace_back());
  });
  std::int64_t left_out = 0;
  members.read("left_out", left_out);
  into.left_out = static_cast<std::size_t>(std::max<std::int64_t>(left_out, 0));
  members.read("title", into.title);
  members.read("text", into.text);
  members.read("cluster", into.cluster);
  members.read("job_name", into.job_name);
  return members.ok() && left_out >= 0;
}

bool read_matcher(const Json& json, Matcher& into) {
  Members members(json);
  members.read("label", into.label);
  members.read("kind", matcher_kinds, into.kind);
  members.read("value", into.value);
  return members.ok();
}

bool read_silence(const Json& json, Silence& into) {
  Members members(json);
  members.read("id", into.id);
  members.read_each("matchers", [&into](const Json& matcher) {
    return read_matcher(matcher, into.matchers.emplace_back());
  });
  members.read("author", into.author);
  members.read("reason", into.reason);
  members.read("starts_at", into.starts_at);
  members.read("ends_at", into.ends_at);
  members.read("created_at", into.created_at);
  return members.ok();
}

template <class T>
Result<T> parsed(std::string_view text, std::string_view what, bool (*read)(const Json&, T&)) {
  const Json json = Json::parse(text, nullptr, false);
  T value;
  if (json.is_discarded() || !read(json, value)) {
    return base::fail(ErrorKind::malformed, fmt::format("the stored {} does not decode", what));
  }
  return value;
}

}  // namespace

std::string to_json(const Alert& alert) {
  return dumped(alert_json(alert));
}

std::string to_json(const Message& message) {
  Json alerts = Json::array();
  for (const Alert& alert : message.alerts) {
    alerts.push_back(alert_json(alert));
  }
  return dumped({{"kind", message_kinds.at(static_cast<std::size_t>(message.kind))},
                 {"receiver", message.receiver},
                 {"group_key", message.group_key},
                 {"group_labels", message.group_labels},
                 {"at", base::format_rfc3339(message.at)},
                 {"alerts", std::move(alerts)},
                 {"left_out", message.left_out},
                 {"title", message.title},
                 {"text", message.text},
                 {"cluster", message.cluster},
                 {"job_name", message.job_name}});
}

std::string to_json(const Silence& silence) {
  Json matchers = Json::array();
  for (const Matcher& matcher : silence.matchers) {
    matchers.push_back({{"label", matcher.label},
                        {"kind", matcher_kinds.at(static_cast<std::size_t>(matcher.kind))},
                        {"value", matcher.value}});
  }
  return dumped({{"id", silence.id},
                 {"matchers", std::move(matchers)},
                 {"author", silence.author},
                 {"reason", silence.reason},
                 {"starts_at", base::format_rfc3339(silence.starts_at)},
                 {"ends_at", base::format_rfc3339(silence.ends_at)},
                 {"created_at", base::format_rfc3339(silence.created_at)}});
}

Result<Alert> read_alert(std::string_view json) {
  return parsed<Alert>(json, "alert", read_alert);
}

Result<Message> read_message(std::string_view json) {
  return parsed<Message>(json, "message", read_message);
}

Result<Silence> read_silence(std::string_view json) {
  return parsed<Silence>(json, "silence", read_silence);
}

}  // namespace auditor::model
