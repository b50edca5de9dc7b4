#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auditor::advice {

/// A setting of Flink's configuration, and what is said about it.
struct ConfigurationLine {
  std::string key;
  std::string value;  ///< as `/jobmanager/config` has it
  std::string comment;
  bool commented_out = false;  ///< only as a comment
};

/// `value` as a scalar of YAML 1.2 that Flink, and a reader of YAML 1.1, takes for the same text:
/// quoted where it would read as a number with another form, a date, a list, ….
std::string yaml_scalar(std::string_view value);

/// The value of `key` as config.yaml has it: what flink-conf.yaml writes as "a;b" or "k:v,l:w" is a
/// list or a map there, for the options that are known to be one.
std::string yaml_value(std::string_view key, std::string_view value);

/// Nested YAML, sorted by key: a key that is itself set and has others below it keeps the dots.
/// What is commented out comes last. Each line has a newline.
std::string nested_yaml(std::vector<ConfigurationLine> lines);

}  // namespace auditor::advice
