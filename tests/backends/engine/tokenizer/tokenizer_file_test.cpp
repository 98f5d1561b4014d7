#include "backends/engine/tokenizer/tokenizer_file.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/backends/engine/tokenizer/fixture.h"

using namespace proctor;
using namespace proctor::engine;
using nlohmann::json;

namespace {

json small_file() {
  return json::parse(fixture_json({.merges = {{"a", "b"}, {"ab", "c"}},
                                   .added = {{.id = 300, .text = "<s>", .special = true}}}));
}

// The complaint about a file, or nothing if it is accepted.
std::string complaint(const std::string& text) {
  const Result<TokenizerFile> file = parse_tokenizer_file(text);
  if (file) return "";
  CHECK(file.error().code() == ErrorCode::invalid_input);
  return file.error().message();
}

// Of a file that is the small one but for the value at a place, written as JSON.
std::string complaint(const char* place, const char* value) {
  json file = small_file();
  file[json::json_pointer(place)] = json::parse(value);
  return complaint(file.dump());
}

}  // namespace

TEST_CASE("what would be encoded otherwise than we do is refused by name") {
  struct Row {
    const char *place, *value;
    const char* complaint;
  };
  constexpr Row kRows[] = {
      {"/normalizer", R"({"type": "NFKC"})",
       R"(field "normalizer.type": expected "NFC", found "NFKC")"},
      {"/pre_tokenizer", "null", R"(field "pre_tokenizer.type": expected "Sequence", found null)"},
      {"/pre_tokenizer/pretokenizers/0/type", R"("Digits")",
       R"(field "pre_tokenizer.pretokenizers[0].type": expected "Split", found "Digits")"},
      {"/pre_tokenizer/pretokenizers/0/behavior", R"("Removed")",
       R"(field "pre_tokenizer.pretokenizers[0].behavior": expected "Isolated", found "Removed")"},
      {"/pre_tokenizer/pretokenizers/0/invert", "true",
       R"(field "pre_tokenizer.pretokenizers[0].invert": expected false, found true)"},
      {"/pre_tokenizer/pretokenizers/0/pattern", R"({"Regex": "\\s+"})",
       R"(field "pre_tokenizer.pretokenizers[0].pattern.Regex": expected Qwen2's or Llama 3's expression, found {"Regex":"\\s+"})"},
      {"/pre_tokenizer/pretokenizers/0/pattern", R"({"String": " "})",
       R"(field "pre_tokenizer.pretokenizers[0].pattern.Regex": expected Qwen2's or Llama 3's expression, found {"String":" "})"},
      {"/pre_tokenizer/pretokenizers/1/use_regex", "true",
       R"(field "pre_tokenizer.pretokenizers[1].use_regex": expected false, found true)"},
      {"/pre_tokenizer/pretokenizers/1/add_prefix_space", "true",
       R"(field "pre_tokenizer.pretokenizers[1].add_prefix_space": expected false, found true)"},
      {"/pre_tokenizer/pretokenizers", "[]",
       R"(field "pre_tokenizer.pretokenizers": expected a Split and a ByteLevel, found [])"},
      {"/decoder", R"({"type": "Metaspace"})",
       R"(field "decoder.type": expected "ByteLevel", found "Metaspace")"},
      {"/model/type", R"("Unigram")", R"(field "model.type": expected "BPE", found "Unigram")"},
      {"/model/byte_fallback", "true",
       R"(field "model.byte_fallback": expected false, found true)"},
      {"/model/dropout", "0.1", R"(field "model.dropout": expected null, found 0.1)"},
      {"/model/end_of_word_suffix", R"("</w>")",
       R"(field "model.end_of_word_suffix": expected "", found "</w>")"},
      {"/model/continuing_subword_prefix", R"("##")",
       R"(field "model.continuing_subword_prefix": expected "", found "##")"},
      {"/model/ignore_merges", "1",
       R"(field "model.ignore_merges": expected true or false, found 1)"},
      {"/added_tokens/0/lstrip", "true", R"(field "added_tokens[0].lstrip": token "<s>" sets it)"},
      {"/added_tokens/0/rstrip", "true", R"(field "added_tokens[0].rstrip": token "<s>" sets it)"},
      {"/added_tokens/0/normalized", "true",
       R"(field "added_tokens[0].normalized": token "<s>" sets it)"},
      {"/added_tokens/0/single_word", "true",
       R"(field "added_tokens[0].single_word": token "<s>" sets it)"},
      {"/post_processor", R"({"type": "RobertaProcessing"})",
       R"(field "post_processor.type": expected ByteLevel or one TemplateProcessing, found "RobertaProcessing")"},
      {"/post_processor",
       R"({"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "<s>"}}]})",
       R"(field "post_processor.single": expected tokens and then the text, found [{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"<s>"}}])"},
  };
  CHECK(complaint(small_file().dump()).empty());
  for (const Row& row : kRows) {
    CAPTURE(row.place);
    CHECK(complaint(row.place, row.value) == row.complaint);
  }
}

TEST_CASE("broken files are refused by name") {
  struct Row {
    const char *place, *value;
    const char* complaint;
  };
  constexpr Row kRows[] = {
      {"/model", "[]", R"(field "model.vocab": expected an object, found null)"},
      {"/model/vocab", "7", R"(field "model.vocab": expected an object, found 7)"},
      {"/model/vocab", "{}", R"(field "model.vocab": no token for byte 0)"},
      {"/model/vocab/ab", "-1",
       R"(field "model.vocab["ab"]": expected a token id below 4194304, found -1)"},
      {"/model/vocab/ab", "4194304",
       R"(field "model.vocab["ab"]": expected a token id below 4194304, found 4194304)"},
      {"/model/vocab/ab", "1e300",
       R"(field "model.vocab["ab"]": expected a token id below 4194304, found 1e+300)"},
      {"/model/vocab/ab", "18446744073709551617",
       R"(field "model.vocab["ab"]": expected a token id below 4194304, found 1.8446744073709552e+19)"},
      {"/model/vocab/ab", R"("256")",
       R"(field "model.vocab["ab"]": expected a token id below 4194304, found "256")"},
      {"/model/vocab/zz", "97", R"(field "model.vocab["zz"]": its id is another token's too)"},
      {"/model/vocab/zz", "300",
       R"(field "model.vocab["zz"]": id 300 disagrees with added_tokens)"},
      {"/model/vocab/<s>", "400",
       R"(field "model.vocab["<s>"]": id 400 disagrees with added_tokens)"},
      {"/model/vocab/z z", "400", R"(field "model.vocab["z z"]": not a byte-level token)"},
      {"/model/vocab/", "400", R"(field "model.vocab[""]": not a byte-level token)"},
      {"/model/merges", "null", R"(field "model.merges": expected a list, found null)"},
      {"/model/merges/0", R"("ab")", R"(field "model.merges[0]": "ab" is not a pair of tokens)"},
      {"/model/merges/0", R"("a b c")",
       R"(field "model.merges[0]": "a b c" is not a pair of tokens)"},
      {"/model/merges/0", R"(["a"])", R"(field "model.merges[0]": ["a"] is not a pair of tokens)"},
      {"/model/merges/0", R"(["a", 1])",
       R"(field "model.merges[0]": ["a",1] is not a pair of tokens)"},
      {"/model/merges/0", R"(" b")",
       R"(field "model.merges[0]": " b" is not a pair of byte-level tokens)"},
      {"/model/merges/0", R"(["", "b"])",
       R"(field "model.merges[0]": ["","b"] is not a pair of byte-level tokens)"},
      {"/model/merges/0", R"(["a b", "c"])",
       R"(field "model.merges[0]": ["a b","c"] is not a pair of byte-level tokens)"},
      {"/model/merges/0", R"("zz b")",
       R"(field "model.merges[0]": "zz b" merges what is not in the vocabulary)"},
      {"/model/merges/0", R"("b b")",
       R"(field "model.merges[0]": "b b" makes what is not in the vocabulary)"},
      {"/model/merges/1", R"("a b")", R"(field "model.merges[1]": "a b" is there twice)"},
      {"/added_tokens", "{}", R"(field "added_tokens": expected a list, found {})"},
      {"/added_tokens/0", "null",
       R"(field "added_tokens[0].content": expected a text, found null)"},
      {"/added_tokens/0/content", R"("")",
       R"(field "added_tokens[0].content": expected a text, found "")"},
      {"/added_tokens/0/id", "9999999",
       R"(field "added_tokens[0].id": expected a token id below 4194304, found 9999999)"},
      {"/added_tokens/0/special", "0",
       R"(field "added_tokens[0].special": expected true or false, found 0)"},
      {"/added_tokens/1", R"({"id": 300, "content": "<t>"})",
       R"(field "added_tokens[1].id": is another token's too)"},
      {"/added_tokens/1", R"({"id": 301, "content": "<s>"})",
       R"(field "added_tokens[1].content": "<s>" is there twice)"},
      {"/post_processor", R"({"type": "Sequence"})",
       R"(field "post_processor.processors": expected a list, found null)"},
      {"/post_processor",
       R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]})",
       R"(field "post_processor.special_tokens["<s>"].ids": expected a list, found null)"},
      {"/post_processor",
       R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}], "special_tokens": {"<s>": {"ids": [299]}}})",
       R"(field "post_processor.special_tokens["<s>"].ids": expected ids of tokens, found 299)"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.place);
    CAPTURE(row.value);
    CHECK(complaint(row.place, row.value) == row.complaint);
  }
}

TEST_CASE("what is not a JSON object is refused") {
  CHECK(complaint("") == "not JSON");
  CHECK(complaint("{\"model\": ") == "not JSON");
  CHECK(complaint("{\"a\": \"\xFF\"}") == "not JSON");
  CHECK(complaint("[1, 2]") == "expected an object, found [1,2]");
  CHECK(complaint("{}") == R"(field "pre_tokenizer.type": expected "Sequence", found null)");
  CHECK(complaint(std::string(1'000'000, '[')) == "not JSON");
  CHECK(!complaint("{\"model\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}")
             .empty());
}

TEST_CASE("a file that is cut anywhere is refused") {
  const std::string text = small_file().dump();
  for (std::size_t size = 0; size < text.size(); size += 7) {
    REQUIRE(complaint(text.substr(0, size)) == "not JSON");
  }
}

TEST_CASE("a template puts its tokens before a text") {
  json file = small_file();
  const json text = {{"Sequence", {{"id", "A"}}}};
  const json token = {{"SpecialToken", {{"id", "<s>"}}}};
  const json process = {{"type", "TemplateProcessing"},
                        {"single", {token, text}},
                        {"special_tokens", {{"<s>", {{"ids", {300}}}}}}};
  file["post_processor"] = process;
  CHECK(parse_tokenizer_file(file.dump())->prefix == std::vector<std::int32_t>{300});
  file["post_processor"] = {{"type", "Sequence"},
                            {"processors", {{{"type", "ByteLevel"}}, process}}};
  CHECK(parse_tokenizer_file(file.dump())->prefix == std::vector<std::int32_t>{300});
  file["post_processor"] = {{"type", "ByteLevel"}};
  CHECK(parse_tokenizer_file(file.dump())->prefix.empty());
}

TEST_CASE("an added token may stand in the vocabulary too") {
  json file = small_file();
  file["model"]["vocab"]["<s>"] = 300;
  file["model"]["vocab"]["\uFF5C"] = 301;  // what no bytes are written as
  file["added_tokens"].push_back({{"id", 301}, {"content", "\uFF5C"}});
  file["added_tokens"].push_back({{"id", 256}, {"content", "ab"}});  // and what a merge makes
  const auto tokenizer = Tokenizer::parse(file.dump(), "", "test");
  REQUIRE(tokenizer);
  CHECK(tokenizer->encode("<s>\uFF5C ab aabc") ==
        std::vector<std::int32_t>{300, 301, ' ', 256, ' ', 'a', 256, 'c'});
  CHECK(tokenizer->decode(std::vector<std::int32_t>{300, 301, 256}, false) == "<s>\uFF5Cab");
}

TEST_CASE("a config names its tokens as texts or as objects") {
  const auto config = parse_tokenizer_config(
      R"({"bos_token": {"content": "<s>"}, "eos_token": "</s>", "add_bos_token": true})");
  REQUIRE(config);
  CHECK(config->bos_token == "<s>");
  CHECK(config->eos_token == "</s>");
  CHECK(config->add_bos);
  const auto empty = parse_tokenizer_config(R"({"bos_token": null})");
  REQUIRE(empty);
  CHECK(empty->bos_token.empty());
  CHECK(!empty->add_bos);
  struct Row {
    const char *text, *complaint;
  };
  constexpr Row kRows[] = {
      {"nonsense", "not JSON"},
      {"[]", "expected an object, found []"},
      {R"({"bos_token": {"id": 1}})",
       R"(field "bos_token": expected the text of a token, found {"id":1})"},
      {R"({"add_bos_token": "yes"})",
       R"(field "add_bos_token": expected true or false, found "yes")"},
      {R"({"add_eos_token": true})", R"(field "add_eos_token": expected false, found true)"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const auto refused = parse_tokenizer_config(row.text);
    REQUIRE(!refused);
    CHECK(refused.error().message() == row.complaint);
  }
}

TEST_CASE("a begin token that should be added must exist") {
  const auto refused =
      Tokenizer::parse(small_file().dump(), R"({"bos_token": "<x>", "add_bos_token": true})", "m");
  REQUIRE(!refused);
  CHECK(refused.error().message() ==
        R"(m/tokenizer_config.json: field "add_bos_token": there is no token "<x>" to add)");
}
