// Two ways of telling a JsonScanner's handler what a document says: nlohmann/json's parser, which
// knows every document, and JsonScanner, which is several times as fast and knows nearly all. For
// the readers of objects beside it; a tested property is that both tell the same.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "backends/remote/chat_reader.h"
#include "backends/remote/json_scanner.h"

namespace proctor::backends {

// What nlohmann::json::sax_parse calls, passed on.
template <class Handler>
class SaxEvents {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  explicit SaxEvents(Handler& handler) : handler_(handler) {}

  bool start_object(std::size_t) { return handler_.start_object(), true; }
  bool start_array(std::size_t) { return handler_.start_array(), true; }
  bool end_object() { return handler_.end_object(), true; }
  bool end_array() { return handler_.end_array(), true; }
  bool key(string_t& name) { return handler_.key(name), true; }
  bool string(string_t& value) { return handler_.text(value, {}), true; }
  bool number_unsigned(number_unsigned_t value) { return handler_.count(value), true; }
  bool null() { return handler_.null(), true; }
  bool boolean(bool) { return handler_.other_scalar(), true; }
  bool number_integer(number_integer_t) { return handler_.other_scalar(), true; }
  bool number_float(number_float_t, const string_t&) { return handler_.other_scalar(), true; }
  bool binary(binary_t&) { return handler_.other_scalar(), true; }

  template <class Error>
  bool parse_error(std::size_t, const std::string&, const Error&) {
    return false;
  }

 private:
  Handler& handler_;
};

// Reader: a handler that is made for a ChatObject and fills it, the last of it in finish().
template <class Reader>
ChatObject read_any_object(std::string_view bytes) {
  ChatObject object;
  Reader reader(object);
  SaxEvents<Reader> events(reader);
  if (!nlohmann::json::sax_parse(bytes, &events)) object.form = ChatObject::Form::not_json;
  reader.finish();
  return object;
}

// The same, faster for usual documents.
template <class Reader>
ChatObject read_object(std::string_view bytes) {
  ChatObject object;
  Reader reader(object);
  if (!JsonScanner(bytes, reader).scan()) return read_any_object<Reader>(bytes);
  reader.finish();
  return object;
}

}  // namespace proctor::backends
