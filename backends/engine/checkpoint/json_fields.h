// A JSON object of a checkpoint, read field by field. The first field that is wrong is remembered
// and reported by finish(), so that a reader is a list of fields instead of a list of checks.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::engine {

class JsonFields {
 public:
  // Errors: invalid_input, when the text is not JSON (with the byte where it ends to be), is not an
  // object, nests deeper than 64 levels, or names something twice in one object.
  static Result<JsonFields> parse(std::string_view text);
  ~JsonFields();
  JsonFields(JsonFields&&) noexcept;
  JsonFields& operator=(JsonFields&&) noexcept;

  // The fields that are there, null or not, in the order of their bytes.
  std::vector<std::string> names() const;
  // Whether the field is there and not null: Python writes None for what is not given.
  bool has(std::string_view field) const;

  // The field's value, from `least` to `most`. Absent or null, it is nothing, or an empty list. Of
  // another type or out of the range, it is the same and the reader has failed.
  std::optional<std::int64_t> integer(std::string_view field, std::int64_t least,
                                      std::int64_t most);
  std::optional<double> number(std::string_view field, double least, double most);
  std::optional<bool> boolean(std::string_view field);
  std::optional<std::string> text(std::string_view field);
  std::vector<std::int64_t> integers(std::string_view field, std::int64_t least = 0,
                                     std::int64_t most = std::numeric_limits<std::int64_t>::max());
  std::vector<std::string> texts(std::string_view field);
  // A list of integers, or one integer that stands for a list of one.
  std::vector<std::int64_t> integer_or_integers(std::string_view field, std::int64_t least,
                                                std::int64_t most);
  // Hand the inner object's failure back with `finish_inner`.
  std::optional<JsonFields> object(std::string_view field);

  // The same, where the field must be there. What they return after a failure is 0 or "".
  std::int64_t required_integer(std::string_view field, std::int64_t least, std::int64_t most);
  double required_number(std::string_view field, double least, double most);
  std::string required_text(std::string_view field);

  // Fails with `field "NAME": MESSAGE` unless something failed before.
  void fail(std::string_view field, std::string_view message);
  void finish_inner(std::string_view field, const JsonFields& inner);

  // The first failure: invalid_input, with the field but without the file.
  Result<void> finish() const;

 private:
  struct Document;
  explicit JsonFields(std::unique_ptr<Document> document);
  void expected(std::string_view field, std::string_view what);
  bool require(std::string_view field, std::string_view what);

  std::unique_ptr<Document> document_;
  std::optional<Error> failure_;
};

}  // namespace proctor::engine
