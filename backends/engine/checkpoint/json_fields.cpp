#include "backends/engine/checkpoint/json_fields.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace proctor::engine {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kLongestQuote = 80;  // bytes of a wrong value that a message repeats

// Reads a text only to find what is wrong with it, without building anything: a document of a
// hundred million brackets costs nothing but the time to see the 65th.
class Inspector : public nlohmann::json_sax<json> {
 public:
  const std::string& complaint() const { return complaint_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (names_.back().insert(name).second) return true;
    complaint_ = "names \"" + name.substr(0, kLongestQuote) + "\" twice";
    return false;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    complaint_ = "not JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  bool enter() {
    names_.emplace_back();
    if (names_.size() <= kDeepest) return true;
    complaint_ = "nests deeper than " + std::to_string(kDeepest) + " levels";
    return false;
  }

  bool leave() {
    names_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> names_;  // of each object or list that is open
  std::string complaint_;
};

std::string quoted(const json& value) {
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= kLongestQuote ? text : text.substr(0, kLongestQuote) + "...";
}

std::string range(std::int64_t least, std::int64_t most) {
  const std::string from = "an integer of " + std::to_string(least);
  if (most == std::numeric_limits<std::int64_t>::max()) return from + " or more";
  return from + " to " + std::to_string(most);
}

std::string range(double least, double most) {
  return "a number of " + json(least).dump() + " to " + json(most).dump();
}

std::optional<std::int64_t> integer_in(const json& value, std::int64_t least, std::int64_t most) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && !std::in_range<std::int64_t>(value.get<std::uint64_t>())) {
    return std::nullopt;
  }
  const auto number = value.get<std::int64_t>();
  if (number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace

struct JsonFields::Document {
  json value;

  // The field, or null where there is none.
  const json& at(std::string_view field) const {
    static const json null;
    const auto found = value.find(field);
    return found == value.end() ? null : *found;
  }
};

JsonFields::JsonFields(std::unique_ptr<Document> document) : document_(std::move(document)) {}
JsonFields::~JsonFields() = default;
JsonFields::JsonFields(JsonFields&&) noexcept = default;
JsonFields& JsonFields::operator=(JsonFields&&) noexcept = default;

Result<JsonFields> JsonFields::parse(std::string_view text) {
  Inspector inspector;
  if (!json::sax_parse(text, &inspector)) {
    return Error(ErrorCode::invalid_input, inspector.complaint());
  }
  auto document = std::make_unique<Document>(Document{json::parse(text, nullptr, false)});
  if (!document->value.is_object()) {
    return Error(ErrorCode::invalid_input, "expected an object, found " + quoted(document->value));
  }
  return JsonFields(std::move(document));
}

std::vector<std::string> JsonFields::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : document_->value.items()) names.push_back(name);
  return names;
}

bool JsonFields::has(std::string_view field) const { return !document_->at(field).is_null(); }

std::optional<std::int64_t> JsonFields::integer(std::string_view field, std::int64_t least,
                                                std::int64_t most) {
  if (!has(field)) return std::nullopt;
  const std::optional<std::int64_t> value = integer_in(document_->at(field), least, most);
  if (!value) expected(field, range(least, most));
  return value;
}

std::optional<double> JsonFields::number(std::string_view field, double least, double most) {
  if (!has(field)) return std::nullopt;
  const json& value = document_->at(field);
  if (value.is_number()) {
    const double number = value.get<double>();
    if (number >= least && number <= most) return number;
  }
  expected(field, range(least, most));
  return std::nullopt;
}

std::optional<bool> JsonFields::boolean(std::string_view field) {
  if (!has(field)) return std::nullopt;
  if (document_->at(field).is_boolean()) return document_->at(field).get<bool>();
  expected(field, "true or false");
  return std::nullopt;
}

std::optional<std::string> JsonFields::text(std::string_view field) {
  if (!has(field)) return std::nullopt;
  if (document_->at(field).is_string()) return document_->at(field).get<std::string>();
  expected(field, "a text");
  return std::nullopt;
}

std::vector<std::int64_t> JsonFields::integers(std::string_view field, std::int64_t least,
                                               std::int64_t most) {
  if (!has(field)) return {};
  if (document_->at(field).is_array()) return integer_or_integers(field, least, most);
  expected(field, "a list of integers");
  return {};
}

std::vector<std::int64_t> JsonFields::integer_or_integers(std::string_view field,
                                                          std::int64_t least, std::int64_t most) {
  if (!has(field)) return {};
  const json& value = document_->at(field);
  const json list = value.is_array() ? value : json::array({value});
  std::vector<std::int64_t> numbers;
  for (const json& item : list) {
    const std::optional<std::int64_t> number = integer_in(item, least, most);
    if (!number) {
      expected(field, range(least, most) + ", or a list of such");
      return {};
    }
    numbers.push_back(*number);
  }
  return numbers;
}

std::vector<std::string> JsonFields::texts(std::string_view field) {
  if (!has(field)) return {};
  const json& list = document_->at(field);
  std::vector<std::string> texts;
  for (std::size_t i = 0; list.is_array() && i < list.size() && list[i].is_string(); ++i) {
    texts.push_back(list[i].get<std::string>());
  }
  if (list.is_array() && texts.size() == list.size()) return texts;
  expected(field, "a list of texts");
  return {};
}

std::optional<JsonFields> JsonFields::object(std::string_view field) {
  if (!has(field)) return std::nullopt;
  if (document_->at(field).is_object()) {
    return JsonFields(std::make_unique<Document>(Document{document_->at(field)}));
  }
  expected(field, "an object");
  return std::nullopt;
}

std::int64_t JsonFields::required_integer(std::string_view field, std::int64_t least,
                                          std::int64_t most) {
  if (!require(field, range(least, most))) return 0;
  return integer(field, least, most).value_or(0);
}

double JsonFields::required_number(std::string_view field, double least, double most) {
  if (!require(field, range(least, most))) return 0;
  return number(field, least, most).value_or(0);
}

std::string JsonFields::required_text(std::string_view field) {
  if (!require(field, "a text")) return {};
  return text(field).value_or(std::string());
}

void JsonFields::fail(std::string_view field, std::string_view message) {
  if (failure_) return;
  failure_ = Error(ErrorCode::invalid_input,
                   "field \"" + std::string(field) + "\": " + std::string(message));
}

void JsonFields::finish_inner(std::string_view field, const JsonFields& inner) {
  if (inner.failure_) fail(field, inner.failure_->message());
}

Result<void> JsonFields::finish() const {
  if (failure_) return *failure_;
  return {};
}

void JsonFields::expected(std::string_view field, std::string_view what) {
  fail(field, "expected " + std::string(what) + ", found " + quoted(document_->at(field)));
}

bool JsonFields::require(std::string_view field, std::string_view what) {
  if (has(field)) return true;
  fail(field, "expected " + std::string(what) + ", found nothing");
  return false;
}

}  // namespace proctor::engine
