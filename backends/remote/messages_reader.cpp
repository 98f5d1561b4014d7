#include "backends/remote/messages_reader.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace proctor::backends {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostTokens = 1'000'000'000;

// The containers on the way to what matters; everything else is `other`.
enum class Node : std::uint8_t {
  message,  // the root, or root.message of message_start
  blocks,   // message.content
  block,    // an element of it; root.content_block; root.delta, which also has the stop reason
  usage,
  other,
};

// The handler of nlohmann::json::sax_parse: keeps the path and picks values off it.
class Reader {
 public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  explicit Reader(ChatObject& object) : object_(object) {}

  bool start_object(std::size_t) {
    path_.push_back(child_object());
    return true;
  }
  bool start_array(std::size_t) {
    scalar();
    const bool blocks = node() == Node::message && key_ == "content";
    if (blocks && path_.size() == 1) object_.has_choice = true;
    path_.push_back(blocks ? Node::blocks : Node::other);
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    key_.swap(name);
    return true;
  }

  bool string(string_t& value) {
    if (node() == Node::message) {
      if (key_ == "model") object_.model = value;
      if (key_ == "stop_reason") object_.finish_reason = value;
      return scalar();
    }
    if (node() == Node::block) {
      if (key_ == "text") object_.content += value;
      if (key_ == "thinking") object_.reasoning += value;
      if (key_ == "stop_reason") object_.finish_reason = value;
      return true;
    }
    return scalar();
  }

  bool number_unsigned(number_unsigned_t value) {
    if (node() != Node::usage || value > kMostTokens) return scalar();
    const auto count = static_cast<std::int64_t>(value);
    TokenUsage& usage = object_.usage;
    const auto add = [&] { usage.prompt = usage.prompt.value_or(0) + count; };
    if (key_ == "input_tokens") has_input_ = true;
    if (key_ == "input_tokens" || key_ == "cache_creation_input_tokens") add();
    if (key_ == "cache_read_input_tokens") {
      usage.cached_prompt = count;
      add();
    }
    if (key_ == "output_tokens") usage.completion = count;
    return true;
  }

  bool null() { return !path_.empty() || scalar(); }
  bool boolean(bool) { return scalar(); }
  bool number_integer(number_integer_t) { return scalar(); }
  bool number_float(number_float_t, const string_t&) { return scalar(); }
  bool binary(binary_t&) { return scalar(); }

  template <class Error>
  bool parse_error(std::size_t, const std::string&, const Error&) {
    object_.form = ChatObject::Form::not_json;
    return false;
  }

  // After the last byte. What came from the cache says nothing of a prompt that is not counted.
  void finish() {
    if (!has_input_) object_.usage.prompt.reset();
  }

 private:
  Node node() const { return path_.empty() ? Node::other : path_.back(); }

  // A value that is not looked at, but for where it stands.
  bool scalar() {
    if (path_.empty()) object_.form = ChatObject::Form::no_object;
    if (path_.size() == 1 && key_ == "error") object_.has_error = true;
    return true;
  }

  // What an object that begins here is.
  Node child_object() {
    if (path_.empty()) return Node::message;
    scalar();
    if (node() == Node::blocks) return Node::block;
    if (node() != Node::message) return Node::other;
    if (key_ == "usage") {
      object_.has_usage = true;
      return Node::usage;
    }
    if (path_.size() > 1) return Node::other;
    if (key_ == "message") return Node::message;
    return key_ == "delta" || key_ == "content_block" ? Node::block : Node::other;
  }

  bool close() {
    path_.pop_back();
    return true;
  }

  ChatObject& object_;
  std::vector<Node> path_;
  std::string key_;
  bool has_input_ = false;
};

}  // namespace

ChatObject read_messages_object(std::string_view bytes) {
  ChatObject object;
  Reader reader(object);
  // The answer is in the object: parse_error() has said if it failed.
  (void)json::sax_parse(bytes, &reader);
  reader.finish();
  return object;
}

}  // namespace proctor::backends
