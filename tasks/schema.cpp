#include "tasks/schema.h"

#include <algorithm>
#include <vector>

namespace proctor::tasks {
namespace {

constexpr std::size_t kShownBytes = 60;

std::vector<std::string_view> fields_of(const Schema& schema) {
  std::vector<std::string_view> fields;
  for (std::string_view field : {schema.id, schema.problem, schema.answer, schema.marker.field}) {
    if (!field.empty()) fields.push_back(field);
  }
  for (std::span<const std::string_view> more :
       {schema.attributes, schema.optional, schema.others, schema.options}) {
    fields.insert(fields.end(), more.begin(), more.end());
  }
  return fields;
}

std::vector<std::string_view> missing_fields(const Schema& schema, const nlohmann::json& row) {
  std::vector<std::string_view> fields = fields_of(schema);
  std::erase_if(fields, [&](std::string_view field) { return row.contains(field); });
  return fields;
}

Error in_no_schema(std::span<const Schema> schemas) {
  std::string names;
  for (const Schema& schema : schemas) {
    if (!names.empty()) names += ", ";
    names += schema.name;
  }
  return Error(ErrorCode::invalid_input, "not a row of any known schema (" + names + ")");
}

}  // namespace

Result<const Schema*> recognise(std::span<const Schema> schemas, const nlohmann::json& row) {
  const Schema* closest = nullptr;
  std::vector<std::string_view> least;
  for (const Schema& schema : schemas) {
    const std::vector<std::string_view> missing = missing_fields(schema, row);
    if (missing.empty()) return &schema;
    if (missing.size() == fields_of(schema).size()) continue;
    if (closest == nullptr || missing.size() < least.size()) {
      closest = &schema;
      least = missing;
    }
  }
  if (closest == nullptr) return in_no_schema(schemas);
  return Error(ErrorCode::invalid_input, "field \"" + std::string(least.front()) +
                                             "\": missing from a row of " +
                                             std::string(closest->name));
}

Error unexpected(std::string_view wanted, const nlohmann::json& value) {
  // ASCII only, so that cutting it leaves no half character.
  std::string found = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (found.size() > kShownBytes) found = found.substr(0, kShownBytes) + "...";
  return Error(ErrorCode::invalid_input,
               "expected " + std::string(wanted) + ", found " + std::move(found));
}

}  // namespace proctor::tasks
