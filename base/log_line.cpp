#include "base/log_line.h"

#include <algorithm>

#include "base/text.h"

namespace auditor::base {

namespace {

/// `text` as it may stand between quotes, in logfmt and in JSON.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  return printable(out);
}

/// A key is our own word; should it ever hold a name from outside, the line still parses.
std::string key_text(std::string_view key) {
  std::string out(key);
  std::ranges::replace_if(
      out,
      [](char c) {
        return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 c == '_' || c == '.' || c == '-');
      },
      '_');
  return out.empty() ? "_" : out;
}

void add_logfmt(std::string& line, std::string_view key, std::string_view value) {
  const std::string safe = escaped(value);
  const bool plain =
      !safe.empty() && safe == value && safe.find_first_of(" =") == std::string::npos;
  const std::string_view quote = plain ? "" : "\"";
  fmt::format_to(std::back_inserter(line), "{0}{1}={2}{3}{2}", line.empty() ? "" : " ",
                 key_text(key), quote, safe);
}

void add_json(std::string& line, std::string_view key, std::string_view value, bool bare) {
  const std::string_view quote = bare ? "" : "\"";
  fmt::format_to(std::back_inserter(line), "{0}\"{1}\":{2}{3}{2}", line.empty() ? "{" : ",",
                 key_text(key), quote, escaped(value));
}

}  // namespace

std::string_view to_text(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::error:
      return "error";
    case LogSeverity::warning:
      return "warn";
    case LogSeverity::info:
      return "info";
    case LogSeverity::debug:
      return "debug";
  }
  return {};
}

std::string format_log_line(LogFormat format, Timestamp time, LogSeverity severity,
                            std::string_view message, std::span<const LogField> fields) {
  std::string line;
  const std::string moment = format_rfc3339(time);
  if (format == LogFormat::json) {
    add_json(line, "ts", moment, false);
    add_json(line, "level", to_text(severity), false);
    add_json(line, "msg", message, false);
    for (const LogField& field : fields) {
      add_json(line, field.key, field.value, field.bare);
    }
    line += "}\n";
    return line;
  }
  add_logfmt(line, "ts", moment);
  add_logfmt(line, "level", to_text(severity));
  fmt::format_to(std::back_inserter(line), " msg=\"{}\"", escaped(message));
  for (const LogField& field : fields) {
    add_logfmt(line, field.key, field.value);
  }
  line += '\n';
  return line;
}

}  // namespace auditor::base
