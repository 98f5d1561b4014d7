#include "backends/remote/chat_reader.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace proctor::backends {
namespace {

using nlohmann::json;

// More than any context holds is no count.
constexpr std::uint64_t kMostTokens = 1'000'000'000;

// The containers on the way to what matters; everything else is `other`.
enum class Node : std::uint8_t {
  root,
  choices,  // root.choices, a list
  choice,   // its first element
  message,  // choice.message or choice.delta
  parts,    // message.content as a list
  part,     // an element of it
  usage,    // root.usage
  completion_details,
  prompt_details,
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

  bool start_object(std::size_t) { return open(child(false)); }
  bool start_array(std::size_t) { return open(child(true)); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    key_.swap(name);
    return true;
  }

  bool string(string_t& value) {
    switch (node()) {
      case Node::root:
        if (key_ == "model") object_.model = value;
        if (key_ == "system_fingerprint") object_.system_fingerprint = value;
        return scalar();
      case Node::choice:
        if (key_ == "finish_reason") object_.finish_reason = value;
        if (key_ == "text") object_.content += value;  // of raw completions
        return true;
      case Node::message:
        if (key_ == "content") object_.content += value;
        if (key_ == "reasoning_content") reasoning_content_ += value;
        if (key_ == "reasoning") reasoning_ += value;
        return true;
      case Node::part:
        if (key_ == "text") object_.content += value;
        return true;
      default:
        return scalar();
    }
  }

  bool number_unsigned(number_unsigned_t value) {
    if (value > kMostTokens) return scalar();
    const auto count = static_cast<std::int64_t>(value);
    TokenUsage& usage = object_.usage;
    switch (node()) {
      case Node::usage:
        if (key_ == "prompt_tokens") usage.prompt = count;
        if (key_ == "completion_tokens") usage.completion = count;
        if (key_ == "prompt_cache_hit_tokens") usage.cached_prompt = count;  // DeepSeek's
        return true;
      case Node::completion_details:
        if (key_ == "reasoning_tokens") usage.reasoning = count;
        return true;
      case Node::prompt_details:
        if (key_ == "cached_tokens") usage.cached_prompt = count;
        return true;
      default:
        return scalar();
    }
  }

  bool null() { return depth() > 0 || scalar(); }
  bool boolean(bool) { return scalar(); }
  bool number_integer(number_integer_t) { return scalar(); }
  bool number_float(number_float_t, const string_t&) { return scalar(); }
  bool binary(binary_t&) { return scalar(); }

  template <class Error>
  bool parse_error(std::size_t, const std::string&, const Error&) {
    object_.form = ChatObject::Form::not_json;
    return false;
  }

  // After the last byte.
  void finish() {
    object_.reasoning = std::move(reasoning_content_.empty() ? reasoning_ : reasoning_content_);
  }

 private:
  std::size_t depth() const { return path_.size(); }
  Node node() const { return path_.empty() ? Node::other : path_.back(); }

  // A value that is not looked at, but for where it stands.
  bool scalar() {
    if (depth() == 0) object_.form = ChatObject::Form::no_object;
    if (node() == Node::root && key_ == "error") object_.has_error = true;
    return true;
  }

  // What a container that begins here is.
  Node child(bool list) {
    if (depth() == 0 && !list) return Node::root;
    scalar();
    switch (node()) {
      case Node::root:
        if (list) return key_ == "choices" ? Node::choices : Node::other;
        if (key_ != "usage") return Node::other;
        object_.has_usage = true;
        return Node::usage;
      case Node::choices:
        if (list || object_.has_choice) return Node::other;
        object_.has_choice = true;
        return Node::choice;
      case Node::choice:
        return !list && (key_ == "message" || key_ == "delta") ? Node::message : Node::other;
      case Node::message:
        return list && key_ == "content" ? Node::parts : Node::other;
      case Node::parts:
        return list ? Node::other : Node::part;
      case Node::usage:
        if (list) return Node::other;
        if (key_ == "completion_tokens_details") return Node::completion_details;
        return key_ == "prompt_tokens_details" ? Node::prompt_details : Node::other;
      default:
        return Node::other;
    }
  }

  bool open(Node node) {
    path_.push_back(node);
    return true;
  }

  bool close() {
    path_.pop_back();
    return true;
  }

  ChatObject& object_;
  std::vector<Node> path_;
  std::string key_;
  std::string reasoning_content_;
  std::string reasoning_;
};

}  // namespace

ChatObject read_chat_object(std::string_view bytes) {
  ChatObject object;
  Reader reader(object);
  // The answer is in the object: parse_error() has said if it failed.
  (void)json::sax_parse(bytes, &reader);
  reader.finish();
  return object;
}

}  // namespace proctor::backends
