// How upstream copies of a benchmark spell their rows. A copy is recognised by the fields it has,
// so that a user names the task and never the format.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::tasks {

// A field that must begin with the given text in every row: what tells the AIME of one year from
// that of another, which look alike.
struct Marker {
  std::string_view field;  // empty: the copy has none
  std::string_view begins;
};

struct Schema {
  std::string_view name;  // the dataset that introduced it: "HuggingFaceH4/aime_2024"
  std::string_view id;    // field names; an empty id: the row's number stands in
  std::string_view problem;
  std::string_view answer;
  std::span<const std::string_view> attributes;  // kept under their own names, sorted
  Marker marker;
  std::span<const std::string_view>
      optional{};                              // attributes that may be "": they are then left out
  std::span<const std::string_view> others{};  // must be there; the benchmark's own rules read them
  // Of a multiple choice: the fields of its options in the order in which they are kept, `answer`
  // among them. The gold is then its letter, and white space around texts and options is dropped.
  std::span<const std::string_view> options{};
};

// Turns an upstream answer into the task's normal form.
// The error says what was expected and what was found, without the place.
using AnswerRule = Result<std::string> (*)(const nlohmann::json& answer);

// The first schema whose fields are all in the row. Errors: invalid_input, naming the field that
// the closest schema misses.
Result<const Schema*> recognise(std::span<const Schema> schemas, const nlohmann::json& row);

// The error for a value that does not fit: "expected WANTED, found VALUE" with a long value cut.
Error unexpected(std::string_view wanted, const nlohmann::json& value);

}  // namespace proctor::tasks
