// The quick readers of replies and events beside nlohmann/json, which is the reference: over
// tables, and over documents that are drawn at random and then damaged.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "backends/remote/chat_protocol.h"
#include "backends/remote/chat_reader.h"
#include "backends/remote/messages_reader.h"

using namespace proctor;
using namespace proctor::backends;

namespace {

struct Reading {
  const char* wire;
  ChatObject (*quick)(std::string_view);
  ChatObject (*plain)(std::string_view);
};
constexpr Reading kReadings[] = {
    {"chat", read_chat_object, read_chat_object_plainly},
    {"messages", read_messages_object, read_messages_object_plainly},
};

bool equal(const TokenUsage& left, const TokenUsage& right) {
  return left.prompt == right.prompt && left.completion == right.completion &&
         left.reasoning == right.reasoning && left.cached_prompt == right.cached_prompt;
}

// Of bytes that are no JSON nothing but that matters: how much was read of them differs.
bool equal(const ChatObject& left, const ChatObject& right) {
  if (left.form != right.form) return false;
  if (left.form == ChatObject::Form::not_json) return true;
  return left.has_error == right.has_error && left.has_choice == right.has_choice &&
         left.content == right.content && left.reasoning == right.reasoning &&
         left.finish_reason == right.finish_reason && left.model == right.model &&
         left.system_fingerprint == right.system_fingerprint && left.has_usage == right.has_usage &&
         equal(left.usage, right.usage);
}

// What `only_text` promises.
bool only_text_is_sound(std::string_view bytes, const ChatObject& object) {
  if (object.only_text.empty()) return true;
  const std::size_t at = static_cast<std::size_t>(object.only_text.data() - bytes.data());
  const JsonText text = json_text_at(bytes.substr(at));
  std::string said;
  append_unescaped(text.raw, said);
  return text.sound && text.raw == object.only_text && bytes[at - 1] == '"' &&
         said == object.content + object.reasoning &&
         object.content.empty() != object.reasoning.empty();
}

// Whether both readers of both wires agree; if not, says of what.
bool read_alike(std::string_view bytes) {
  for (const Reading& reading : kReadings) {
    const ChatObject quick = reading.quick(bytes);
    if (equal(quick, reading.plain(bytes)) && only_text_is_sound(bytes, quick)) continue;
    MESSAGE(reading.wire << ": " << std::string(bytes));
    return false;
  }
  return true;
}

// Documents of the words that matter, in the order of the dice.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string document() {
    if (below(8) == 0) return value(0);
    return below(2) == 0 ? chat() : message();
  }

  // One byte more, less or other; a cut; a piece twice.
  std::string damaged(std::string bytes) {
    for (std::size_t i = below(3) + 1; i > 0 && !bytes.empty(); --i) {
      const std::size_t at = below(bytes.size());
      switch (below(5)) {
        case 0:
          bytes.erase(at, 1 + below(4));
          break;
        case 1:
          bytes.insert(at, 1, kBytes[below(std::size(kBytes) - 1)]);
          break;
        case 2:
          bytes[at] = static_cast<char>(random_());
          break;
        case 3:
          bytes.resize(at);
          break;
        default:
          bytes.insert(at, bytes.substr(below(bytes.size()), below(24)));
      }
    }
    return bytes;
  }

 private:
  static constexpr char kBytes[] = "\"\\{}[],:0129-+.eEunltrf \n\t\r\xC3\xA9\xED\xA0\x80\xF4\x90";

  template <std::size_t Count>
  std::string one_of(const char* const (&words)[Count]) {
    return words[below(Count)];
  }

  std::string blank() { return below(6) == 0 ? one_of({" ", "\n", "\t", "\r\n", "  "}) : ""; }

  std::string text() {
    std::string text = "\"";
    for (std::size_t i = below(5); i > 0; --i) {
      text += one_of({"the", " answer", "√2", "𝑛=4", "\\n", "\\\"", "\\\\", "\\/", "\\u0041",
                      "\\ud83d\\ude00", "\\uD83D\\uDE00", "\\u00e9", "\\u0000", "\\b\\f\\r\\t", "é",
                      "\x7f", "long enough to be read eight bytes at a time", "{}[],:"});
    }
    if (below(40) == 0) {
      text += one_of({"\\ud83d", "\\ude00", "\\ud83dx", "\\ud83d\\u0041", "\\x", "\\u12g4", "\\u",
                      "\n", "\xff", "\xc3", "\xe2\x88", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                      "\xc0\x80", "\x01"});
    }
    return text + '"';
  }

  std::string number() {
    return one_of({"0",
                   "1",
                   "42",
                   "-3",
                   "1.5",
                   "-0",
                   "0.25e-05",
                   "1E3",
                   "7e+2",
                   "1e99",
                   "-1e999",
                   "1e999",
                   "999999999999999999",
                   "9999999999999999999",
                   "18446744073709551616",
                   "1000000000",
                   "1000000001",
                   "01",
                   "1.",
                   ".5",
                   "-",
                   "1e",
                   "+1"});
  }

  std::string scalar() {
    switch (below(8)) {
      case 0:
        return "null";
      case 1:
        return below(2) == 0 ? "true" : "false";
      case 2:
      case 3:
        return below(12) == 0 ? one_of({"nul", "True", "NaN", ""}) : number();
      default:
        return text();
    }
  }

  std::string list(int depth) {
    std::string list = "[";
    for (std::size_t i = below(4); i > 0; --i) list += value(depth) + (i > 1 ? "," : "");
    return list + blank() + "]";
  }

  std::string key() {
    if (below(12) == 0) return text();
    return '"' +
           one_of({"choices",
                   "delta",
                   "message",
                   "content",
                   "reasoning_content",
                   "reasoning",
                   "text",
                   "finish_reason",
                   "model",
                   "system_fingerprint",
                   "error",
                   "usage",
                   "prompt_tokens",
                   "completion_tokens",
                   "prompt_cache_hit_tokens",
                   "completion_tokens_details",
                   "prompt_tokens_details",
                   "reasoning_tokens",
                   "cached_tokens",
                   "content_block",
                   "thinking",
                   "stop_reason",
                   "input_tokens",
                   "cache_creation_input_tokens",
                   "cache_read_input_tokens",
                   "output_tokens",
                   "index",
                   "con\\u0074ent"}) +
           '"';
  }

  std::string member(const std::string& name, const std::string& value) {
    return '"' + name + '"' + blank() + ':' + blank() + value;
  }

  std::string object(int depth) {
    std::string object = "{";
    for (std::size_t i = below(6); i > 0; --i) {
      object += blank() + key() + blank() + ":" + value(depth) + (i > 1 ? "," : "");
    }
    return object + blank() + "}";
  }

  std::string value(int depth) {
    const std::size_t kind = depth > 5 ? 9 : below(10);
    if (kind < 3) return blank() + object(depth + 1) + blank();
    if (kind < 5) return blank() + list(depth + 1) + blank();
    return scalar();
  }

  std::string chat() {
    const std::string name = one_of({"content", "reasoning_content", "reasoning", "role"});
    std::string delta = "{" + member(name, text());
    if (below(3) == 0) delta += "," + key() + ":" + value(4);
    if (below(6) == 0) delta += "," + member("content", "[{" + member("text", text()) + "}]");
    std::string choice = "{" + member("index", "0") + "," +
                         member(one_of({"delta", "message"}), delta + "}") + "," +
                         member("finish_reason", below(3) == 0 ? text() : "null");
    if (below(4) == 0) choice += "," + member("text", text());
    std::string document =
        "{" + member("model", text()) + "," +
        member("choices", "[" + choice + "}" + (below(4) == 0 ? "," + value(3) : "") + "]");
    if (below(3) == 0) document += "," + member("usage", object(3));
    if (below(5) == 0) document += "," + key() + ":" + value(3);
    return document + "}" + blank();
  }

  std::string message() {
    const std::string block = "{" + member(one_of({"text", "thinking"}), text()) + "," +
                              member("stop_reason", below(3) == 0 ? text() : "null") + "}";
    std::string document = "{" + member("type", text()) + ",";
    switch (below(3)) {
      case 0:
        document += member("delta", block);
        break;
      case 1:
        document += member("message", object(2));
        break;
      default:
        document += member("content", "[" + block + "," + value(3) + "]");
    }
    if (below(3) == 0) document += "," + member("usage", object(4));
    if (below(5) == 0) document += "," + key() + ":" + value(3);
    return document + "}";
  }

  std::mt19937 random_;
};

// An event of a stream like any other but for the text.
std::string event_with(std::string_view field, std::string_view text) {
  return R"({"id":"x","model":"m","choices":[{"index":0,"delta":{")" + std::string(field) +
         "\":\"" + std::string(text) + R"("},"finish_reason":null}]})";
}

}  // namespace

TEST_CASE("both readers agree about the objects of many servers") {
  const std::vector<std::string> documents = {
      event_with("content", "a"),
      event_with("reasoning", "\\u221a\\ud83d\\ude00"),
      event_with("reasoning_content", "√"),
      R"({"choices":[{"text":"raw","index":0,"logprobs":null,"finish_reason":null}]})",
      R"({"choices":[{"delta":{"content":"a","content":"b"}}]})",
      R"({"choices":[{"delta":{"reasoning":"a","reasoning_content":"b"}}]})",
      R"({"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\"content\":1}"}}]}}]})",
      R"({"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"text":"b"},[{"text":"c"}]]}}]})",
      R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens_details":{"reasoning_tokens":2}}})",
      R"({"choices":[],"usage":null,"error":null})",
      R"({"error":{"message":"gone","code":500}})",
      R"({"choices":[{"delta":{},"logprobs":{"content":[{"token":"a","logprob":-1.5e-05}]}}]})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}})",
      R"({"type":"message_start","message":{"model":"c","content":[],"usage":{"input_tokens":3}}})",
      R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}})",
      R"({"type":"error","error":{"type":"overloaded_error"}})",
      "\xEF\xBB\xBF{\"model\":\"m\"}",
      std::string("{\"model\":\"m\"}\0}", 15),
      "{\"model\":\"m\"} {}",
      " { } ",
      "",
      " ",
      "[",
      "[]",
      "[1,]",
      "[,1]",
      "{,}",
      "{\"a\":1,}",
      "{\"a\"}",
      "{\"a\":}",
      "{\"a\" 1}",
      "[1 2]",
      "[}",
      "{]",
      "\"text\"",
      "\"text",
      "7",
      "null",
      "nul",
      "{\"error\":false}",
      "{\"error\":1e999}",
      std::string(64, '[') + std::string(64, ']'),
      std::string(65, '[') + std::string(65, ']'),
      std::string(65, '[') + std::string(64, ']'),
  };
  for (const std::string& document : documents) CHECK(read_alike(document));
}

TEST_CASE("both readers agree about documents drawn at random and about damaged ones") {
  Writer writer(20260101);
  int sound = 0;
  int alone = 0;
  constexpr int kDocuments = 10'000;
  for (int i = 0; i < kDocuments; ++i) {
    const std::string document = writer.document();
    REQUIRE(read_alike(document));
    const ChatObject object = read_chat_object(document);
    sound += object.form == ChatObject::Form::object ? 1 : 0;
    alone += object.only_text.empty() ? 0 : 1;
    for (int damage = 0; damage < 4; ++damage) REQUIRE(read_alike(writer.damaged(document)));
  }
  // The dice must not have made it easy.
  CHECK(sound > kDocuments / 2);
  CHECK(sound < kDocuments);
  CHECK(alone > kDocuments / 10);
}

TEST_CASE("every single byte can be cut off or changed without a difference") {
  const std::string event = event_with("content", "é\\u00e9\\ud83d\\ude00 √2\\n");
  for (std::size_t at = 0; at < event.size(); ++at) {
    REQUIRE(read_alike(std::string_view(event).substr(0, at)));
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = event;
      changed[at] = static_cast<char>(byte);
      REQUIRE(read_alike(changed));
    }
  }
}

TEST_CASE("the text of a usual event is found where it stands") {
  for (const char* text : {"a", " the", "√2", "\\n\\n", "\\ud83d\\ude00"}) {
    CAPTURE(text);
    const std::string event = event_with("content", text);
    CHECK(read_chat_object(event).only_text == text);
    CHECK(read_chat_object(event).only_text.data() == event.data() + event.find(text, 60));
  }
  const std::string block = R"({"type":"x","delta":{"type":"thinking_delta","thinking":"hm"}})";
  CHECK(read_messages_object(block).only_text == "hm");
  CHECK(read_chat_object(event_with("role", "a")).only_text.empty());
  CHECK(
      read_chat_object(R"({"choices":[{"text":"a","delta":{"content":"b"}}]})").only_text.empty());
}

TEST_CASE("a stream of like events is read as each event by itself") {
  Writer writer(7);
  for (int round = 0; round < 300; ++round) {
    for (const Wire wire : {Wire::chat, Wire::messages}) {
      CAPTURE(round);
      ChatStream stream(wire);
      std::string text;
      std::string reasoning;
      std::string event = writer.document();
      for (int i = 0; i < 20; ++i) {
        if (writer.below(3) == 0) event = writer.damaged(event);
        if (writer.below(8) == 0) event = writer.document();
        if (writer.below(3) == 0) {
          event = event_with(writer.below(2) == 0 ? "content" : "reasoning",
                             writer.below(4) == 0 ? "\\\"" : "so");
        }
        const bool chat = wire == Wire::chat;
        const ChatObject said =
            chat ? read_chat_object_plainly(event) : read_messages_object_plainly(event);
        const bool fault =
            !event.empty() && (said.form != ChatObject::Form::object || said.has_error);
        const std::size_t before = stream.bytes();
        REQUIRE(static_cast<bool>(stream.take(event)) == !fault);
        if (fault) {
          REQUIRE(stream.bytes() == before);
          continue;
        }
        text += said.content;
        reasoning += said.reasoning;
        REQUIRE(stream.bytes() == text.size() + reasoning.size());
      }
      const std::string_view last = wire == Wire::chat
                                        ? R"({"choices":[{"finish_reason":"length"}]})"
                                        : R"({"delta":{"stop_reason":"max_tokens"}})";
      REQUIRE(stream.take(last));
      const Result<Generation> reply = stream.finish();
      REQUIRE(reply);
      CHECK(reply->text == text);
      CHECK(reply->reasoning == reasoning);
    }
  }
}

TEST_CASE("an event that only looks like the one before is read by itself") {
  struct Row {
    std::string text;  // in the place of the first event's text
    std::optional<std::string> said;
  };
  const Row kRows[] = {
      {"", ""},
      {"\\u0041", "A"},
      {"\\\\", "\\"},
      {"a\\", std::nullopt},       // escapes the closing quote
      {"a\nb", std::nullopt},      // a control character
      {"\xC3", std::nullopt},      // half a character
      {"\\ud83d", std::nullopt},   // half a pair
      {R"(","x":")", ""},          // another member
      {R"(","content":"b)", "b"},  // the member again
      {R"("},"delta":{"content":"b)", "b"},
      {R"(b"}}],"error":{"message":"gone"},"choices":[{"delta":{"content":")", std::nullopt},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    ChatStream stream(Wire::chat);
    REQUIRE(stream.take(event_with("content", "first ")));
    const Result<void> taken = stream.take(event_with("content", row.text));
    REQUIRE(static_cast<bool>(taken) == row.said.has_value());
    REQUIRE(stream.take(R"({"choices":[{"finish_reason":"stop"}]})"));
    CHECK(stream.finish()->text == "first " + row.said.value_or(""));
  }
}
