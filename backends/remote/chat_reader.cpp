#include "backends/remote/chat_reader.h"

#include <cstdint>

#include "backends/remote/json_reading.h"
#include "backends/remote/reader_path.h"

namespace proctor::backends {
namespace {

// More than any context holds is no count.
constexpr std::uint64_t kMostTokens = 1'000'000'000;

// The containers on the way to what matters; everything else is `other`.
enum class Node : std::uint8_t {
  other,
  root,
  choices,  // root.choices, a list
  choice,   // its first element
  message,  // choice.message or choice.delta
  parts,    // message.content as a list
  part,     // an element of it
  usage,    // root.usage
  completion_details,
  prompt_details,
};

enum class Key : std::uint8_t {
  other,
  choices,
  message,
  content,
  reasoning_content,
  reasoning,
  text,
  finish_reason,
  model,
  system_fingerprint,
  error,
  usage,
  prompt_tokens,
  completion_tokens,
  cache_hit_tokens,
  completion_details,
  prompt_details,
  reasoning_tokens,
  cached_tokens,
};

constexpr NamedKey<Key> kKeys[] = {
    {"choices", Key::choices},
    {"delta", Key::message},
    {"message", Key::message},
    {"content", Key::content},
    {"reasoning_content", Key::reasoning_content},
    {"reasoning", Key::reasoning},
    {"text", Key::text},
    {"finish_reason", Key::finish_reason},
    {"model", Key::model},
    {"system_fingerprint", Key::system_fingerprint},
    {"error", Key::error},
    {"usage", Key::usage},
    {"prompt_tokens", Key::prompt_tokens},
    {"completion_tokens", Key::completion_tokens},
    {"prompt_cache_hit_tokens", Key::cache_hit_tokens},  // DeepSeek's
    {"completion_tokens_details", Key::completion_details},
    {"prompt_tokens_details", Key::prompt_details},
    {"reasoning_tokens", Key::reasoning_tokens},
    {"cached_tokens", Key::cached_tokens},
};

// The handler of a scanner: keeps the path and picks values off it.
class Reader {
 public:
  explicit Reader(ChatObject& object) : object_(object) {}

  void start_object() { path_.enter(child(false)); }
  void start_array() { path_.enter(child(true)); }
  void end_object() { path_.leave(); }
  void end_array() { path_.leave(); }
  void key(std::string_view name) { key_ = key_named(name, kKeys); }

  void text(std::string_view value, std::string_view raw) {
    switch (path_.node()) {
      case Node::root:
        if (key_ == Key::model) object_.model = value;
        if (key_ == Key::system_fingerprint) object_.system_fingerprint = value;
        return other_scalar();
      case Node::choice:
        if (key_ == Key::finish_reason) object_.finish_reason = value;
        if (key_ == Key::text) take_text(value, raw, object_.content);  // of raw completions
        return;
      case Node::message:
        if (key_ == Key::content) take_text(value, raw, object_.content);
        if (key_ == Key::reasoning_content) take_text(value, raw, reasoning_content_);
        if (key_ == Key::reasoning) take_text(value, raw, reasoning_);
        return;
      case Node::part:
        if (key_ == Key::text) take_text(value, raw, object_.content);
        return;
      default:
        return other_scalar();
    }
  }

  void count(std::uint64_t value) {
    if (value > kMostTokens) return other_scalar();
    const auto count = static_cast<std::int64_t>(value);
    TokenUsage& usage = object_.usage;
    switch (path_.node()) {
      case Node::usage:
        if (key_ == Key::prompt_tokens) usage.prompt = count;
        if (key_ == Key::completion_tokens) usage.completion = count;
        if (key_ == Key::cache_hit_tokens) usage.cached_prompt = count;
        return;
      case Node::completion_details:
        if (key_ == Key::reasoning_tokens) usage.reasoning = count;
        return;
      case Node::prompt_details:
        if (key_ == Key::cached_tokens) usage.cached_prompt = count;
        return;
      default:
        return other_scalar();
    }
  }

  void null() {
    if (path_.depth() == 0) other_scalar();
  }

  // A value that is not looked at, but for where it stands.
  void other_scalar() {
    if (path_.depth() == 0) object_.form = ChatObject::Form::no_object;
    if (path_.node() == Node::root && key_ == Key::error) object_.has_error = true;
  }

  // After the last byte.
  void finish() {
    object_.reasoning = std::move(reasoning_content_.empty() ? reasoning_ : reasoning_content_);
    object_.only_text = texts_.only();
  }

 private:
  void take_text(std::string_view value, std::string_view raw, std::string& text) {
    text += value;
    texts_.add(raw);
  }

  // What a container that begins here is.
  Node child(bool list) {
    if (path_.depth() == 0 && !list) return Node::root;
    other_scalar();
    switch (path_.node()) {
      case Node::root:
        if (list) return key_ == Key::choices ? Node::choices : Node::other;
        if (key_ != Key::usage) return Node::other;
        object_.has_usage = true;
        return Node::usage;
      case Node::choices:
        if (list || object_.has_choice) return Node::other;
        object_.has_choice = true;
        return Node::choice;
      case Node::choice:
        return !list && key_ == Key::message ? Node::message : Node::other;
      case Node::message:
        return list && key_ == Key::content ? Node::parts : Node::other;
      case Node::parts:
        return list ? Node::other : Node::part;
      case Node::usage:
        if (list) return Node::other;
        if (key_ == Key::completion_details) return Node::completion_details;
        return key_ == Key::prompt_details ? Node::prompt_details : Node::other;
      default:
        return Node::other;
    }
  }

  ChatObject& object_;
  ReaderPath<Node> path_;
  Key key_ = Key::other;
  SeenTexts texts_;
  std::string reasoning_content_;
  std::string reasoning_;
};

}  // namespace

ChatObject read_chat_object(std::string_view bytes) { return read_object<Reader>(bytes); }

ChatObject read_chat_object_plainly(std::string_view bytes) {
  return read_any_object<Reader>(bytes);
}

}  // namespace proctor::backends
