#pragma once

#include <span>
#include <string>

#include "model/check_info.h"

/// What is told about the settings, from the settings table.
namespace auditor::config {

/// The JSON Schema (draft 2020-12) of a configuration, for editors and for `--print-schema`.
std::string json_schema(std::span<const model::CheckInfo* const> checks);

/// The text of docs/configuration.md.
std::string configuration_markdown(std::span<const model::CheckInfo* const> checks);

/// The text of config/flink-auditd.yaml: every setting with its help. What has a default stands
/// there as "#name: default" (no space behind the #), so that the file as it is, and with all of
/// these brought in, says what an empty file says; of a list it shows one item.
std::string example_yaml(std::span<const model::CheckInfo* const> checks);

}  // namespace auditor::config
