#include "backends/engine/tokenizer/tokenizer_file.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "backends/engine/tokenizer/byte_level.h"

namespace proctor::engine {
namespace {

using nlohmann::json;

Error invalid(const std::string& message) { return {ErrorCode::invalid_input, message}; }

Error field_error(const std::string& field, const std::string& message) {
  return invalid("field \"" + field + "\": " + message);
}

// A value as JSON, cut where it grows long.
std::string shown(const json& value) {
  constexpr std::size_t kLongest = 100;
  std::string text = value.dump(-1, ' ', true);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

Error unexpected(const std::string& field, const std::string& expected, const json& found) {
  return field_error(field, "expected " + expected + ", found " + shown(found));
}

std::string field_in(const std::string& path, const char* key) {
  return path.empty() ? key : path + "." + key;
}

// The member of an object, or null where there is none, or no object.
const json& member(const json& object, const char* key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto at = object.find(key);
  return at == object.end() ? kNull : *at;
}

// Demands one value of a member; null, or no member at all, is as good if `or_absent`.
Result<void> demand(const json& object, const std::string& path, const char* key,
                    const json& wanted, bool or_absent) {
  const json& found = member(object, key);
  if (found == wanted || (or_absent && found.is_null())) return {};
  return unexpected(field_in(path, key), shown(wanted), found);
}

struct Demand {
  const char* key;
  json wanted;
  bool or_absent;
};

Result<void> demand_all(const json& object, const std::string& path,
                        const std::vector<Demand>& demands) {
  for (const Demand& each : demands) {
    const Result<void> met = demand(object, path, each.key, each.wanted, each.or_absent);
    if (!met) return met.error();
  }
  return {};
}

// A member that is true or false, or absent, which is false.
Result<bool> flag(const json& object, const std::string& path, const char* key) {
  const json& found = member(object, key);
  if (found.is_null()) return false;
  if (!found.is_boolean()) return unexpected(field_in(path, key), "true or false", found);
  return found.get<bool>();
}

std::optional<std::int32_t> token_id(const json& value) {
  const bool fits = value.is_number_unsigned() &&
                    value.get<std::uint64_t>() < static_cast<std::uint64_t>(kTokenIdLimit);
  return fits ? std::optional(value.get<std::int32_t>()) : std::nullopt;
}

Error no_token_id(const std::string& field, const json& found) {
  return unexpected(field, "a token id below " + std::to_string(kTokenIdLimit), found);
}

Result<bool> read_normalizer(const json& normalizer) {
  if (normalizer.is_null()) return false;
  const Result<void> met = demand(normalizer, "normalizer", "type", "NFC", false);
  if (!met) return met.error();
  return true;
}

Result<SplitRule> read_pre_tokenizer(const json& pre_tokenizer) {
  const std::string path = "pre_tokenizer";
  const Result<void> sequence = demand(pre_tokenizer, path, "type", "Sequence", false);
  if (!sequence) return sequence.error();
  const json& steps = member(pre_tokenizer, "pretokenizers");
  if (!steps.is_array() || steps.size() != 2) {
    return unexpected(path + ".pretokenizers", "a Split and a ByteLevel", steps);
  }
  const Result<void> split = demand_all(
      steps[0], path + ".pretokenizers[0]",
      {{"type", "Split", false}, {"behavior", "Isolated", false}, {"invert", false, true}});
  if (!split) return split.error();
  const Result<void> bytes = demand_all(steps[1], path + ".pretokenizers[1]",
                                        {{"type", "ByteLevel", false},
                                         {"add_prefix_space", false, false},
                                         {"use_regex", false, false}});
  if (!bytes) return bytes.error();
  const json& regex = member(member(steps[0], "pattern"), "Regex");
  const std::optional<SplitRule> rule =
      regex.is_string() ? split_rule_of(regex.get_ref<const std::string&>()) : std::nullopt;
  if (rule) return *rule;
  return unexpected(path + ".pretokenizers[0].pattern.Regex", "Qwen2's or Llama 3's expression",
                    member(steps[0], "pattern"));
}

Result<std::vector<AddedToken>> read_added_tokens(const json& list) {
  const std::string path = "added_tokens";
  std::vector<AddedToken> tokens;
  if (list.is_null()) return tokens;
  if (!list.is_array()) return unexpected(path, "a list", list);
  std::set<std::int32_t> ids;
  std::set<std::string> texts;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = path + "[" + std::to_string(i) + "]";
    const json& entry = list[i];
    const json& content = member(entry, "content");
    if (!content.is_string() || content.get_ref<const std::string&>().empty()) {
      return unexpected(place + ".content", "a text", content);
    }
    AddedToken token{.text = content.get<std::string>()};
    const std::optional<std::int32_t> id = token_id(member(entry, "id"));
    if (!id) return no_token_id(place + ".id", member(entry, "id"));
    token.id = *id;
    for (const char* key : {"normalized", "lstrip", "rstrip", "single_word"}) {
      const Result<bool> set = flag(entry, place, key);
      if (!set) return set.error();
      if (*set) return field_error(field_in(place, key), "token " + shown(content) + " sets it");
    }
    const Result<bool> special = flag(entry, place, "special");
    if (!special) return special.error();
    token.special = *special;
    if (!ids.insert(token.id).second) return field_error(place + ".id", "is another token's too");
    if (!texts.insert(token.text).second) {
      return field_error(place + ".content", shown(content) + " is there twice");
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// The bytes of each base token by id. An entry that is an added token too is a base token only if
// its text means the same in both.
Result<std::vector<std::string>> read_base_tokens(const json& entries,
                                                  const std::vector<AddedToken>& added) {
  const std::string path = "model.vocab";
  if (!entries.is_object()) return unexpected(path, "an object", entries);
  std::unordered_map<std::string_view, std::int32_t> added_by_text;
  std::set<std::int32_t> added_ids;
  for (const AddedToken& token : added) {
    added_by_text.emplace(token.text, token.id);
    added_ids.insert(token.id);
  }
  std::vector<std::string> tokens;
  for (const auto& [text, value] : entries.items()) {
    const auto refuse = [&path, &text = text](const std::string& why) {
      return field_error(path + "[" + shown(text) + "]", why);
    };
    const std::optional<std::int32_t> id = token_id(value);
    if (!id) return no_token_id(path + "[" + shown(text) + "]", value);
    const auto same = added_by_text.find(text);
    const bool both = same != added_by_text.end();
    if (both ? same->second != *id : added_ids.contains(*id)) {
      return refuse("id " + std::to_string(*id) + " disagrees with added_tokens");
    }
    std::optional<std::string> bytes = bytes_of_stand_ins(text);
    if (both && bytes != text) continue;
    if (!bytes || bytes->empty()) return refuse("not a byte-level token");
    const auto at = static_cast<std::size_t>(*id);
    if (at >= tokens.size()) tokens.resize(at + 1);
    if (!tokens[at].empty()) return refuse("its id is another token's too");
    tokens[at] = std::move(*bytes);
  }
  return tokens;
}

Result<void> demand_all_bytes(const Vocabulary& vocabulary) {
  for (int byte = 0; byte < 256; ++byte) {
    const char text = static_cast<char>(byte);
    if (vocabulary.find({&text, 1})) continue;
    return field_error("model.vocab", "no token for byte " + std::to_string(byte));
  }
  return {};
}

// The two stand-in texts of a merge, written "a b" or ["a", "b"].
std::optional<std::array<std::string_view, 2>> merge_parts(const json& entry) {
  if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
    return {{entry[0].get_ref<const std::string&>(), entry[1].get_ref<const std::string&>()}};
  }
  if (!entry.is_string()) return std::nullopt;
  const std::string_view text = entry.get_ref<const std::string&>();
  const std::size_t space = text.find(' ');
  if (space == text.npos || text.find(' ', space + 1) != text.npos) return std::nullopt;
  return {{text.substr(0, space), text.substr(space + 1)}};
}

Result<MergeTable> read_merges(const json& entries, const Vocabulary& vocabulary) {
  if (!entries.is_array()) return unexpected("model.merges", "a list", entries);
  MergeTable merges(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto refuse = [&](const std::string& why) {
      return field_error("model.merges[" + std::to_string(i) + "]", shown(entries[i]) + why);
    };
    const auto parts = merge_parts(entries[i]);
    if (!parts) return refuse(" is not a pair of tokens");
    const std::optional<std::string> left = bytes_of_stand_ins((*parts)[0]);
    const std::optional<std::string> right = bytes_of_stand_ins((*parts)[1]);
    if (!left || !right || left->empty() || right->empty()) {
      return refuse(" is not a pair of byte-level tokens");
    }
    const auto left_id = vocabulary.find(*left);
    const auto right_id = vocabulary.find(*right);
    const auto result = vocabulary.find(*left + *right);
    if (!left_id || !right_id) return refuse(" merges what is not in the vocabulary");
    if (!result) return refuse(" makes what is not in the vocabulary");
    if (!merges.add(*left_id, *right_id, *result)) return refuse(" is there twice");
  }
  return merges;
}

Result<BpeModel> read_model(const json& model, const std::vector<AddedToken>& added) {
  const Result<void> met = demand_all(model, "model",
                                      {{"type", "BPE", true},
                                       {"dropout", nullptr, true},
                                       {"continuing_subword_prefix", "", true},
                                       {"end_of_word_suffix", "", true},
                                       {"byte_fallback", false, true}});
  if (!met) return met.error();
  const Result<bool> ignore_merges = flag(model, "model", "ignore_merges");
  if (!ignore_merges) return ignore_merges.error();
  const Result<std::vector<std::string>> tokens = read_base_tokens(member(model, "vocab"), added);
  if (!tokens) return tokens.error();
  Vocabulary vocabulary(*tokens, added);
  const Result<void> complete = demand_all_bytes(vocabulary);
  if (!complete) return complete.error();
  Result<MergeTable> merges = read_merges(member(model, "merges"), vocabulary);
  if (!merges) return merges.error();
  return BpeModel{std::move(vocabulary), std::move(*merges), *ignore_merges};
}

// The tokens that a TemplateProcessing puts before a text.
Result<std::vector<std::int32_t>> read_template(const json& processor, const std::string& path,
                                                const Vocabulary& vocabulary) {
  std::vector<std::int32_t> prefix;
  const json& single = member(processor, "single");
  const bool text_last = single.is_array() && !single.empty() &&
                         member(member(single.back(), "Sequence"), "id") == "A";
  if (!text_last) return unexpected(path + ".single", "tokens and then the text", single);
  for (std::size_t i = 0; i + 1 < single.size(); ++i) {
    const json& name = member(member(single[i], "SpecialToken"), "id");
    if (!name.is_string()) {
      return unexpected(path + ".single[" + std::to_string(i) + "]", "a SpecialToken", single[i]);
    }
    const std::string key = name.get<std::string>();
    const json& ids = member(member(member(processor, "special_tokens"), key.c_str()), "ids");
    const std::string place = path + ".special_tokens[" + shown(name) + "].ids";
    if (!ids.is_array()) return unexpected(place, "a list", ids);
    for (const json& value : ids) {
      const std::optional<std::int32_t> id = token_id(value);
      if (!id) return no_token_id(place, value);
      if (vocabulary.bytes(*id).empty()) return unexpected(place, "ids of tokens", value);
      prefix.push_back(*id);
    }
  }
  return prefix;
}

Result<std::vector<std::int32_t>> read_post_processor(const json& processor,
                                                      const Vocabulary& vocabulary) {
  const std::string path = "post_processor";
  std::vector<std::int32_t> prefix;
  if (processor.is_null()) return prefix;
  const bool sequence = member(processor, "type") == "Sequence";
  const json steps = sequence ? member(processor, "processors") : json::array({processor});
  if (!steps.is_array()) return unexpected(path + ".processors", "a list", steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string place = sequence ? path + ".processors[" + std::to_string(i) + "]" : path;
    const json& type = member(steps[i], "type");
    if (type == "ByteLevel") continue;  // it only moves offsets
    if (type != "TemplateProcessing" || !prefix.empty()) {
      return unexpected(place + ".type", "ByteLevel or one TemplateProcessing", type);
    }
    Result<std::vector<std::int32_t>> tokens = read_template(steps[i], place, vocabulary);
    if (!tokens) return tokens.error();
    prefix = std::move(*tokens);
  }
  return prefix;
}

// A text, or an object with a "content", or null.
Result<std::string> read_token_text(const json& config, const char* key) {
  const json& found = member(config, key);
  if (found.is_null()) return std::string();
  const json& text = found.is_object() ? member(found, "content") : found;
  if (!text.is_string()) return unexpected(key, "the text of a token", found);
  return text.get<std::string>();
}

Result<json> parse_object(std::string_view text) {
  json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) return invalid("not JSON");
  if (!root.is_object()) return invalid("expected an object, found " + shown(root));
  return root;
}

}  // namespace

Result<TokenizerFile> parse_tokenizer_file(std::string_view text) {
  const Result<json> root = parse_object(text);
  if (!root) return root.error();
  const Result<bool> nfc = read_normalizer(member(*root, "normalizer"));
  if (!nfc) return nfc.error();
  const Result<SplitRule> split = read_pre_tokenizer(member(*root, "pre_tokenizer"));
  if (!split) return split.error();
  const Result<void> decoder =
      demand(member(*root, "decoder"), "decoder", "type", "ByteLevel", false);
  if (!decoder) return decoder.error();
  Result<std::vector<AddedToken>> added = read_added_tokens(member(*root, "added_tokens"));
  if (!added) return added.error();
  Result<BpeModel> model = read_model(member(*root, "model"), *added);
  if (!model) return model.error();
  Result<std::vector<std::int32_t>> prefix =
      read_post_processor(member(*root, "post_processor"), model->vocabulary);
  if (!prefix) return prefix.error();
  return TokenizerFile{.model = std::move(*model),
                       .added = std::move(*added),
                       .split = *split,
                       .nfc = *nfc,
                       .prefix = std::move(*prefix)};
}

Result<TokenizerConfig> parse_tokenizer_config(std::string_view text) {
  const Result<json> root = parse_object(text);
  if (!root) return root.error();
  const Result<void> no_eos = demand(*root, "", "add_eos_token", false, true);
  if (!no_eos) return no_eos.error();
  Result<std::string> bos = read_token_text(*root, "bos_token");
  if (!bos) return bos.error();
  Result<std::string> eos = read_token_text(*root, "eos_token");
  if (!eos) return eos.error();
  const Result<bool> add_bos = flag(*root, "", "add_bos_token");
  if (!add_bos) return add_bos.error();
  return TokenizerConfig{std::move(*bos), std::move(*eos), *add_bos};
}

}  // namespace proctor::engine
