#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "config/daemon_table.h"
#include "config/documents.h"
#include "config/scalars.h"

namespace auditor::config {

namespace {

using Json = nlohmann::ordered_json;

Json bounds(const Setting& setting, Json schema) {
  if (setting.minimum < setting.maximum) {
    schema["minimum"] = setting.minimum;
    schema["maximum"] = setting.maximum;
  }
  return schema;
}

/// Also what a ${VAR} gives.
Json or_variable(Json schema) {
  return {{"anyOf", Json::array({std::move(schema), Json{{"$ref", "#/$defs/variable"}}})}};
}

Json mapping(const std::vector<Setting>& rows);

/// What holds itself stands once, in $defs.
Json rows_of(const Setting& setting) {
  return setting.definition.empty() ? mapping(setting.rows)
                                    : Json{{"$ref", fmt::format("#/$defs/{}", setting.definition)}};
}

void add_definitions(const std::vector<Setting>& rows, Json& into) {
  for (const Setting& row : rows) {
    if (!row.definition.empty() && !row.rows.empty()) {
      into[row.definition] = mapping(row.rows);
    }
    add_definitions(row.rows, into);
  }
}

/// "[cluster, check]".
Json texts_of(std::string_view written) {
  Json texts = Json::array();
  for (const std::string_view part : base::split(written.substr(1, written.size() - 2), ',')) {
    if (const std::string_view text = base::trim(part); !text.empty()) {
      texts.push_back(text);
    }
  }
  return texts;
}

Json shape(const Setting& setting) {
  switch (setting.kind) {
    case Kind::boolean:
      return or_variable({{"type", "boolean"}});
    case Kind::count:
      return or_variable(bounds(setting, {{"type", "integer"}}));
    case Kind::number:
      return or_variable(bounds(setting, {{"type", "number"}}));
    case Kind::percent:
      return {{"$ref", "#/$defs/percent"}};
    case Kind::duration:
      return {{"$ref", "#/$defs/duration"}};
    case Kind::size:
      return {{"$ref", "#/$defs/size"}};
    case Kind::choice:
      return or_variable({{"enum", setting.choices}});
    case Kind::text:
    case Kind::url:
    case Kind::address:
    case Kind::path:
    case Kind::moment:
      return {{"type", Json::array({"string", "number"})}, {"minLength", 1}};
    case Kind::texts:
      if (setting.required) {
        return {{"type", "array"}, {"items", {{"type", "string"}}}, {"minItems", 1}};
      }
      return {{"type", Json::array({"array", "null"})}, {"items", {{"type", "string"}}}};
    case Kind::text_map:
      return {{"type", Json::array({"object", "null"})},
              {"additionalProperties", {{"type", Json::array({"string", "number", "boolean"})}}}};
    case Kind::section:
      return rows_of(setting);
    case Kind::sections: {
      Json item = rows_of(setting);
      item["type"] = "object";
      return {{"type", Json::array({"array", "null"})}, {"items", std::move(item)}};
    }
  }
  return {};
}

/// The default as JSON has it.
Json default_value(const Setting& setting) {
  switch (setting.kind) {
    case Kind::boolean:
      return setting.otherwise == "true";
    case Kind::count:
    case Kind::number:
    case Kind::text_map:
      return Json::parse(setting.otherwise, nullptr, false);
    case Kind::texts:
      return texts_of(setting.otherwise);
    default:
      return setting.otherwise;
  }
}

Json property(const Setting& setting) {
  Json schema = shape(setting);
  if (!setting.help.empty()) {
    schema["description"] = setting.help;
  }
  if (!setting.otherwise.empty()) {
    schema["default"] = default_value(setting);
  }
  return schema;
}

/// A mapping in which two rows have a value.
Json both(const std::string& one, const std::string& other) {
  const Json given{{"not", {{"type", "null"}}}};
  return {{"type", "object"},
          {"required", Json::array({one, other})},
          {"properties", {{one, given}, {other, given}}}};
}

Json mapping(const std::vector<Setting>& rows) {
  Json schema{{"type", Json::array({"object", "null"})}, {"additionalProperties", false}};
  Json properties = Json::object();
  Json required = Json::array();
  Json exclusions = Json::array();
  for (const Setting& row : rows) {
    properties[row.name] = property(row);
    if (row.required) {
      required.push_back(row.name);
    }
    for (const std::string& other : row.excludes) {
      exclusions.push_back({{"not", both(row.name, other)}});
    }
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) {
    schema["required"] = std::move(required);
  }
  if (!exclusions.empty()) {
    schema["allOf"] = std::move(exclusions);
  }
  return schema;
}

}  // namespace

std::string json_schema(std::span<const model::CheckInfo* const> checks) {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "The configuration of flink-auditd"}};
  const std::vector<Setting> rows = daemon_table(checks).settings;
  schema.update(mapping(rows));
  // Texts with a unit. Numbers are bounded by the loader, which knows the units.
  schema["$defs"] = {
      {"variable", {{"type", "string"}, {"pattern", R"(\$\{)"}}},
      {"duration",
       {{"type", Json::array({"string", "integer"})},
        {"minimum", 0},
        {"pattern", R"(^ *(0|[Pp].+|([0-9]+ *[A-Za-z]+ *)+|.*\$\{.*)$)"}}},
      {"size",
       {{"type", Json::array({"string", "integer"})},
        {"minimum", 0},
        {"pattern", R"(^ *([0-9]+ *[A-Za-z]*|.*\$\{.*) *$)"}}},
      {"percent",
       {{"type", Json::array({"string", "number"})},
        {"pattern", R"(^ *([0-9.]+ *%?|.*\$\{.*) *$)"}}},
  };
  add_definitions(rows, schema["$defs"]);
  constexpr int indent = 2;
  return schema.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace auditor::config
