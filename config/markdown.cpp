#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "config/daemon_table.h"
#include "config/documents.h"

namespace auditor::config {

namespace {

constexpr std::string_view introduction =
    R"(# Configuration

<!-- Made from the settings table in config/: edit that, then AUDITOR_UPDATE=1 build/dev/bin/unit-tests --gtest_filter='Documents.*' -->

`flink-auditd --config FILE` reads one YAML file; `audit-now --config FILE` takes the same file and uses its `checks` and
`waivers`. [config/flink-auditd.yaml](../config/flink-auditd.yaml) has every setting with its default. The least that is useful:

```yaml
clusters:
  - url: http://flink.example.com:8081
```

- **Check it** with `flink-auditd --config FILE --check-config`: an error names file, line and column, and for an unknown name
  the nearest known one. `flink-auditd --print-schema` writes the JSON Schema, for editors
  ([config/flink-auditd.schema.json](../config/flink-auditd.schema.json)).
- **Reload** with SIGHUP or `POST /-/reload`. All takes effect but what needs a *restart* below. A file with an error changes
  nothing: the old settings stay.
- **Durations** have a unit: `30s`, `1h30m`, `1d` (ms, s, m, h, d, w, y). **Sizes** are binary: `64KiB`, `32mb`, `4g`.
- **`${VAR}`** in a value is the environment's variable; one that is not set is an error. `$${` stands for `${`. Inside `{ }` or
  `[ ]` YAML wants quotes around it.
- **Secrets** have a twin `…_file`: a file with the secret as its one line. Giving both is an error.
- **Paths** are relative to the configuration's folder, but for `storage.path`.
- **Inheritance**: a cluster has what `defaults` says unless it says otherwise. Labels add up; `auth` and `tls` replace what is
  inherited as a whole, so `auth: {}` is none.
)";

constexpr std::string_view targets =
    R"(
## Targets

What `file_sd` reads and `http_sd` answers, in Prometheus' shape:

```yaml
- targets: ["10.0.0.7:8081", "https://flink.example.com/orders"]
  labels:
    team: payments
```

A target is `host:port` or a whole URL with a path. Of the labels, `cluster` names the cluster (in a group of one target),
`__scheme__` and `__path__` complete an address that lacks them, `__scrape_interval__` and `__scrape_timeout__` set `interval`
and `request_timeout`; other labels with `__` are dropped, and the rest adds to those of the cluster. The same target twice
counts once. A name or URL with two meanings is an error, and then the clusters that were known before stay. `${VAR}` is not
expanded in targets.
)";

std::string cell(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    out += c == '|' ? "\\|" : std::string(1, c);
  }
  return out;
}

std::string default_cell(const Setting& setting) {
  if (setting.required) {
    return "required";
  }
  return setting.otherwise.empty() ? "" : fmt::format("`{}`", cell(setting.otherwise));
}

void add_line(std::string& out, std::string_view prefix, const Setting& setting) {
  fmt::format_to(std::back_inserter(out), "| `{}{}` | {} | {} | {} | {} |\n", prefix, setting.name,
                 cell(type_text(setting)), default_cell(setting),
                 setting.reloadable ? "" : "restart", cell(setting.help));
}

constexpr std::string_view table_head =
    "\n| setting | what it is | default | needs | |\n| --- | --- | --- | --- | --- |\n";

bool is_nested(const Setting& setting) {
  return setting.kind == Kind::section || setting.kind == Kind::sections;
}

/// The rows of a section; those of sections in it by their dotted names.
void add_rows(std::string& out, std::string_view prefix, const std::vector<Setting>& rows) {
  for (const Setting& row : rows) {
    if (row.inherited) {
      continue;
    }
    add_line(out, prefix, row);
    if (is_nested(row)) {
      add_rows(out, fmt::format("{}{}.", prefix, row.name), row.rows);
    }
  }
}

bool inherits(const std::vector<Setting>& rows) {
  return std::ranges::any_of(
      rows, [](const Setting& row) { return row.inherited || inherits(row.rows); });
}

/// The default of a row of one check; empty where it has no such row.
std::string_view default_of(const Setting& check, std::string_view name) {
  const auto row = std::ranges::find(check.rows, name, &Setting::name);
  return row == check.rows.end() ? std::string_view() : row->otherwise;
}

/// The checks that wait before they fire or resolve.
void add_waits(std::string& out, const std::vector<Setting>& checks) {
  std::string rows;
  for (const Setting& check : checks) {
    const std::string_view before = default_of(check, "for");
    const std::string_view after = default_of(check, "keep_firing_for");
    if (before != "0s" || after != "0s") {
      fmt::format_to(std::back_inserter(rows), "| `{}` | `{}` | `{}` |\n", check.name, before,
                     after);
    }
  }
  if (!rows.empty()) {
    fmt::format_to(std::back_inserter(out),
                   "\n| check | `for` | `keep_firing_for` |\n| --- | --- | --- |\n{}", rows);
  }
}

/// A section whose rows are alike: what each has, and then what differs.
void add_keyed(std::string& out, const Setting& section) {
  if (section.rows.empty()) {
    return;
  }
  out += table_head;
  for (const Setting& row : section.rows.front().rows) {
    if (!is_nested(row)) {
      Setting shown = row;
      if (row.kind == Kind::duration) {
        shown.otherwise = section.rows.size() > 1 ? "0s, or as below" : row.otherwise;
      }
      add_line(out, fmt::format("{}.<{}>.", section.name, section.noun), shown);
    }
  }
  add_waits(out, section.rows);
  out += "\n| option | what it is | default | |\n| --- | --- | --- | --- |\n";
  for (const Setting& one : section.rows) {
    const auto options = std::ranges::find(one.rows, "options", &Setting::name);
    if (options == one.rows.end()) {
      continue;
    }
    for (const Setting& option : options->rows) {
      fmt::format_to(std::back_inserter(out), "| `{}.options.{}` | {} | `{}` | {} |\n", one.name,
                     option.name, cell(type_text(option)), cell(option.otherwise),
                     cell(option.help));
    }
  }
}

}  // namespace

std::string configuration_markdown(std::span<const model::CheckInfo* const> checks) {
  const auto table = daemon_table(checks);
  std::string out(introduction);
  out += "\n## At the top\n";
  out += table_head;
  for (const Setting& setting : table.settings) {
    if (!is_nested(setting)) {
      add_line(out, "", setting);
    }
  }
  for (const Setting& setting : table.settings) {
    if (!is_nested(setting)) {
      continue;
    }
    fmt::format_to(std::back_inserter(out), "\n## {}\n\n{}\n", setting.name, setting.help);
    if (setting.keyed) {
      add_keyed(out, setting);
      continue;
    }
    out += table_head;
    add_rows(out,
             setting.kind == Kind::sections ? fmt::format("{}[].", setting.name)
                                            : fmt::format("{}.", setting.name),
             setting.rows);
    if (inherits(setting.rows)) {
      fmt::format_to(
          std::back_inserter(out), "\n{} takes every setting of [defaults](#defaults).\n",
          std::ranges::any_of(setting.rows, &Setting::inherited) ? "Each item also" : "`cluster`");
    }
  }
  out += targets;
  return out;
}

}  // namespace auditor::config
