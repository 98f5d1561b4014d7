#include "tests/backends/engine/tokenizer/fixture.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "backends/engine/tokenizer/utf8.h"

namespace proctor::engine {
namespace {

using nlohmann::json;

// GPT-2's writing of bytes, said in another way than byte_level.cpp says it.
std::string stand_ins(const std::string& bytes) {
  std::string text;
  for (const char each : bytes) {
    const auto byte = static_cast<char32_t>(static_cast<unsigned char>(each));
    char32_t code = byte;
    if (byte <= 0x20) code = 0x100 + byte;
    if (byte >= 0x7F && byte <= 0xA0) code = 0x121 + (byte - 0x7F);
    if (byte == 0xAD) code = 0x143;
    append_utf8(code, text);
  }
  return text;
}

json vocabulary(const Fixture& fixture) {
  json ids = json::object();
  int next = 0;
  const auto add = [&](const std::string& bytes) {
    if (ids.emplace(stand_ins(bytes), next).second) ++next;
  };
  for (int byte = 0; byte < 256; ++byte) add(std::string(1, static_cast<char>(byte)));
  for (const auto& [left, right] : fixture.merges) add(left + right);
  for (const std::string& token : fixture.tokens) add(token);
  return ids;
}

json merges(const Fixture& fixture) {
  json list = json::array();
  for (const auto& [left, right] : fixture.merges) {
    const std::string first = stand_ins(left), second = stand_ins(right);
    list.push_back(fixture.merge_pairs ? json::array({first, second}) : json(first + " " + second));
  }
  return list;
}

json added_tokens(const Fixture& fixture) {
  json list = json::array();
  for (const AddedToken& token : fixture.added) {
    list.push_back({{"id", token.id},
                    {"content", token.text},
                    {"special", token.special},
                    {"normalized", false},
                    {"lstrip", false},
                    {"rstrip", false},
                    {"single_word", false}});
  }
  return list;
}

}  // namespace

std::string fixture_json(const Fixture& fixture) {
  const std::string digits = fixture.llama ? R"(\p{N}{1,3})" : R"(\p{N})";
  const std::string regex = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" + digits +
                            R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const json split = {{"type", "Split"},
                      {"pattern", {{"Regex", regex}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  const json byte_level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  const json file = {
      {"version", "1.0"},
      {"added_tokens", added_tokens(fixture)},
      {"normalizer", fixture.llama ? json() : json{{"type", "NFC"}}},
      {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {split, byte_level}}}},
      {"post_processor", nullptr},
      {"decoder", byte_level},
      {"model",
       {{"type", "BPE"},
        {"ignore_merges", fixture.llama},
        {"vocab", vocabulary(fixture)},
        {"merges", merges(fixture)}}}};
  return file.dump();
}

Tokenizer fixture_tokenizer(const Fixture& fixture, const std::string& config) {
  Result<Tokenizer> tokenizer = Tokenizer::parse(fixture_json(fixture), config, "fixture");
  if (!tokenizer) std::fprintf(stderr, "%s\n", tokenizer.error().message().c_str());
  return std::move(*tokenizer);
}

std::vector<std::pair<std::string, std::string>> merges_for(const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::string>> merges;
  std::set<std::string> made;
  for (const std::string& word : words) {
    for (std::size_t length = 2; length <= word.size(); ++length) {
      const std::string token = word.substr(0, length);
      if (made.insert(token).second)
        merges.emplace_back(word.substr(0, length - 1), token.substr(length - 1));
    }
  }
  return merges;
}

}  // namespace proctor::engine
