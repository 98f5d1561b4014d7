#include "backends/remote/messages_reader.h"

#include <cstdint>

#include "backends/remote/json_reading.h"
#include "backends/remote/reader_path.h"

namespace proctor::backends {
namespace {

constexpr std::uint64_t kMostTokens = 1'000'000'000;

// The containers on the way to what matters; everything else is `other`.
enum class Node : std::uint8_t {
  other,
  message,  // the root, or root.message of message_start
  blocks,   // message.content
  block,    // an element of it; root.content_block; root.delta, which also has the stop reason
  usage,
};

enum class Key : std::uint8_t {
  other,
  message,
  content,
  block,
  text,
  thinking,
  stop_reason,
  model,
  error,
  usage,
  input_tokens,
  cache_creation_tokens,
  cache_read_tokens,
  output_tokens,
};

constexpr NamedKey<Key> kKeys[] = {
    {"message", Key::message},
    {"content", Key::content},
    {"delta", Key::block},
    {"content_block", Key::block},
    {"text", Key::text},
    {"thinking", Key::thinking},
    {"stop_reason", Key::stop_reason},
    {"model", Key::model},
    {"error", Key::error},
    {"usage", Key::usage},
    {"input_tokens", Key::input_tokens},
    {"cache_creation_input_tokens", Key::cache_creation_tokens},
    {"cache_read_input_tokens", Key::cache_read_tokens},
    {"output_tokens", Key::output_tokens},
};

// The handler of a scanner: keeps the path and picks values off it.
class Reader {
 public:
  explicit Reader(ChatObject& object) : object_(object) {}

  void start_object() { path_.enter(child_object()); }
  void start_array() {
    other_scalar();
    const bool blocks = path_.node() == Node::message && key_ == Key::content;
    if (blocks && path_.depth() == 1) object_.has_choice = true;
    path_.enter(blocks ? Node::blocks : Node::other);
  }
  void end_object() { path_.leave(); }
  void end_array() { path_.leave(); }
  void key(std::string_view name) { key_ = key_named(name, kKeys); }

  void text(std::string_view value, std::string_view raw) {
    if (path_.node() == Node::message) {
      if (key_ == Key::model) object_.model = value;
      if (key_ == Key::stop_reason) object_.finish_reason = value;
      return other_scalar();
    }
    if (path_.node() != Node::block) return other_scalar();
    if (key_ == Key::text) take_text(value, raw, object_.content);
    if (key_ == Key::thinking) take_text(value, raw, object_.reasoning);
    if (key_ == Key::stop_reason) object_.finish_reason = value;
  }

  void count(std::uint64_t value) {
    if (path_.node() != Node::usage || value > kMostTokens) return other_scalar();
    const auto count = static_cast<std::int64_t>(value);
    TokenUsage& usage = object_.usage;
    const auto add = [&] { usage.prompt = usage.prompt.value_or(0) + count; };
    if (key_ == Key::input_tokens) has_input_ = true;
    if (key_ == Key::input_tokens || key_ == Key::cache_creation_tokens) add();
    if (key_ == Key::cache_read_tokens) {
      usage.cached_prompt = count;
      add();
    }
    if (key_ == Key::output_tokens) usage.completion = count;
  }

  void null() {
    if (path_.depth() == 0) other_scalar();
  }

  // A value that is not looked at, but for where it stands.
  void other_scalar() {
    if (path_.depth() == 0) object_.form = ChatObject::Form::no_object;
    if (path_.depth() == 1 && key_ == Key::error) object_.has_error = true;
  }

  // After the last byte. What came from the cache says nothing of a prompt that is not counted.
  void finish() {
    if (!has_input_) object_.usage.prompt.reset();
    object_.only_text = texts_.only();
  }

 private:
  void take_text(std::string_view value, std::string_view raw, std::string& text) {
    text += value;
    texts_.add(raw);
  }

  // What an object that begins here is.
  Node child_object() {
    if (path_.depth() == 0) return Node::message;
    other_scalar();
    if (path_.node() == Node::blocks) return Node::block;
    if (path_.node() != Node::message) return Node::other;
    if (key_ == Key::usage) {
      object_.has_usage = true;
      return Node::usage;
    }
    if (path_.depth() > 1) return Node::other;
    if (key_ == Key::message) return Node::message;
    return key_ == Key::block ? Node::block : Node::other;
  }

  ChatObject& object_;
  ReaderPath<Node> path_;
  Key key_ = Key::other;
  SeenTexts texts_;
  bool has_input_ = false;
};

}  // namespace

ChatObject read_messages_object(std::string_view bytes) { return read_object<Reader>(bytes); }

ChatObject read_messages_object_plainly(std::string_view bytes) {
  return read_any_object<Reader>(bytes);
}

}  // namespace proctor::backends
