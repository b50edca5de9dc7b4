#include "model/flink_version.h"

#include <charconv>

namespace auditor::model {

std::optional<FlinkVersion> parse_flink_version(std::string_view text) {
  FlinkVersion version;
  version.text = text;
  const auto number = [&text](int& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (error != std::errc{} || into < 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  if (!number(version.major) || !text.starts_with('.')) {
    return std::nullopt;
  }
  text.remove_prefix(1);
  if (!number(version.minor)) {
    return std::nullopt;
  }
  if (text.starts_with('.')) {
    const std::string_view before = text;
    text.remove_prefix(1);
    if (!number(version.patch)) {
      text = before;
    }
  }
  while (text.starts_with('-') || text.starts_with('.')) {
    text.remove_prefix(1);
  }
  version.suffix = text;
  return version;
}

}  // namespace auditor::model
