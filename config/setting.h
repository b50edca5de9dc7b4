#pragma once

#include <string>
#include <vector>

namespace auditor::config {

enum class Kind {
  boolean,
  count,     ///< a whole number
  number,    ///< 2, 0.5
  percent,   ///< 20 or 20%
  duration,  ///< 30s, 1h30m; bounds in milliseconds
  size,      ///< 32MiB; bounds in bytes
  text,      ///< one line
  choice,    ///< one of `Setting::choices`
  url,       ///< http or https
  address,   ///< host:port to listen at
  path,      ///< a file; relative to the configuration's folder
  moment,    ///< RFC 3339, or a date
  texts,     ///< a list of texts
  text_map,  ///< a mapping of names to texts
  section,   ///< a mapping with `Setting::rows`
  sections,  ///< a list of such mappings
};

/// What a setting is: one row of the settings table. How it is read stands beside it in `Table`;
/// all that is told about settings (errors, schema, documents) comes from here.
struct Setting {
  std::string name;
  std::string help{};     ///< sentences
  std::string example{};  ///< a value as YAML, where there is no default
  Kind kind = Kind::text;
  std::string otherwise{};  ///< the default as YAML, taken from model/settings.h; empty: none
  double minimum = 0;       ///< in the kind's unit; equal to the maximum: no bounds
  double maximum = 0;
  std::vector<std::string> choices{};
  std::vector<std::string> excludes{};  ///< rows of the same mapping that may not stand beside it
  bool required = false;
  bool secret = false;     ///< its value stands in no error
  bool reloadable = true;  ///< false: a change takes effect with a restart
  bool inherited = false;  ///< a row of `defaults` that is there again: its help stands there
  bool keyed = false;      ///< a section whose rows are alike and named by what they are about
  std::string noun = "setting";  ///< what its rows are called
  std::vector<Setting> rows{};   ///< of a section, or of each item of a list
  /// Rows that hold themselves are kept under this name in the schema; where they come again the
  /// rows are left out.
  std::string definition{};
  std::string sample{};  ///< lines of YAML that the example file shows in place of the rows
};

}  // namespace auditor::config
