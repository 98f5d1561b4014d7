#include "tests/bench/aime/made_up_model.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "tests/backends/engine/support/real_shapes.h"
#include "tests/backends/engine/support/synthetic_model.h"

namespace proctor::bench {
namespace {

using engine::Architecture;
using engine::ModelConfig;
using nlohmann::json;

constexpr int kTokensPerAnswer = 2048;  // a reply of some thousand tokens has one or two
constexpr int kLargestAnswer = 1000;

// Qwen2's, byte for byte as its tokenizer.json has it: the engine takes no other.
constexpr std::string_view kSplit =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kTemplate =
    "{{ bos_token }}{% for message in messages %}{{ '<|user|>' + message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

ModelConfig small(int vocabulary, int hidden, int layers, int heads, int kv_heads, int head_dim,
                  int intermediate) {
  return {.architecture = Architecture::qwen2,
          .vocab_size = vocabulary,
          .hidden_size = hidden,
          .layers = layers,
          .heads = heads,
          .kv_heads = kv_heads,
          .head_dim = head_dim,
          .intermediate_size = intermediate,
          .max_context = 40'960,
          .rope_scaling = std::nullopt,
          .qkv_bias = true};
}

std::string utf8(int code) {
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
}

// The character that stands for a byte in tokenizer.json (GPT-2, encoder.py: bytes_to_unicode).
std::vector<std::string> byte_names() {
  std::vector<std::string> names;
  int beyond = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool shown = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
    names.push_back(utf8(shown ? byte : beyond++));
  }
  return names;
}

// Tokens are added until the vocabulary is full.
class TokenizerWriter {
 public:
  explicit TokenizerWriter(int size) : size_(size) {
    for (const std::string& name : byte_names()) vocabulary_[name] = next_++;
    for (const char* name : {"<|begin|>", "<|user|>", "<|assistant|>"}) add_whole(name);
    for (int i = 0; i < std::min(kLargestAnswer, size / kTokensPerAnswer + 1); ++i) {
      add_whole("\\boxed{" + std::to_string(i) + "}");
    }
    std::vector<std::string> words = {utf8(0x120)};  // stands for the blank before a word
    for (char letter = 'a'; letter <= 'z'; ++letter) words.emplace_back(1, letter);
    while (next_ < size_) words = longer(words);
  }

  json file() && {
    const json split = {{"type", "Split"},
                        {"pattern", {{"Regex", kSplit}}},
                        {"behavior", "Isolated"},
                        {"invert", false}};
    const json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
    return {{"version", "1.0"},
            {"added_tokens", std::move(added_)},
            {"normalizer", {{"type", "NFC"}}},
            {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}}},
            {"decoder", {{"type", "ByteLevel"}}},
            {"model",
             {{"type", "BPE"}, {"vocab", std::move(vocabulary_)}, {"merges", std::move(merges_)}}}};
  }

 private:
  void add_whole(const std::string& text) {
    added_.push_back({{"id", next_++}, {"content", text}, {"special", text.starts_with("<|")}});
  }

  // All words that are a letter longer, as far as there is room.
  std::vector<std::string> longer(const std::vector<std::string>& words) {
    std::vector<std::string> made;
    for (const std::string& word : words) {
      for (char letter = 'a'; letter <= 'z' && next_ < size_; ++letter) {
        made.push_back(word + letter);
        vocabulary_[made.back()] = next_++;
        merges_.push_back({word, std::string(1, letter)});
      }
    }
    return made;
  }

  int size_;
  int next_ = 0;
  json added_ = json::array();
  json vocabulary_ = json::object();
  json merges_ = json::array();
};

void write_json(const std::filesystem::path& file, const json& content) {
  std::ofstream out(file, std::ios::binary);
  out << content.dump();
  check(out.flush().good());
}

}  // namespace

const std::vector<MadeUpShape>& made_up_shapes() {
  static const std::vector<MadeUpShape> shapes = {
      {"tiny", small(2048, 64, 2, 4, 2, 32, 160)},
      {"vocabulary", small(151'936, 32, 1, 2, 1, 16, 32)},
      {"1.5b", engine::support::real_shape("qwen2-1.5b")},
      {"7b", engine::support::real_shape("qwen2-7b")},
  };
  return shapes;
}

void write_made_up_model(const std::filesystem::path& folder, const ModelConfig& config) {
  engine::support::write_synthetic(folder, {.config = config, .ends = false});
  write_json(folder / "tokenizer.json", TokenizerWriter(config.vocab_size).file());
  write_json(folder / "tokenizer_config.json",
             {{"bos_token", "<|begin|>"}, {"add_bos_token", false}, {"chat_template", kTemplate}});
}

}  // namespace proctor::bench
