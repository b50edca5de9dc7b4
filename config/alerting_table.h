#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/table.h"
#include "model/alerting_settings.h"

namespace auditor::config {

/// `alerting`.
Table<model::AlertingSettings> alerting_table();

/// One of `alerting.receivers`.
Table<model::ReceiverSettings> receiver_table();

/// `alerting.route`, and each of its `routes`.
const Table<model::Route>& route_table();

/// A row of matchers, each of which must parse and compile.
template <class T>
void add_matchers(Table<T>& table, Setting setting, std::vector<model::Matcher> T::* member);

/// Reads a list of matchers. Errors are placed at the one that is wrong.
base::Result<void> read_matchers(const Reader& reader, const Setting& setting, const Node& node,
                                 std::vector<model::Matcher>& into);

/// Reads the names of days, "monday" or "mon".
base::Result<void> read_days(const Reader& reader, const Setting& setting, const Node& node,
                             std::vector<std::chrono::weekday>& into);

/// Reads "08:30", the time since midnight.
base::Result<void> read_clock(const Reader& reader, const Setting& setting, const Node& node,
                              std::chrono::minutes& into);

/// What may stand in the file for all who read it is no secret: an error where a secret does.
base::Result<void> refuse_written_secret(const Reader& reader, const Node& mapping,
                                         std::string_view name);

template <class T>
void add_matchers(Table<T>& table, Setting setting, std::vector<model::Matcher> T::* member) {
  setting.kind = Kind::texts;
  table.add(std::move(setting),
            {.read = [member](const Reader& reader, const Setting& row, const Node& node, T& into) {
              return read_matchers(reader, row, node, into.*member);
            }});
}

}  // namespace auditor::config
