#include "backends/engine/tokenizer/tokenizer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "backends/engine/tokenizer/nfc.h"
#include "backends/engine/tokenizer/pretokenizer.h"
#include "backends/engine/tokenizer/utf8.h"
#include "harness/core/file_descriptor.h"

namespace proctor::engine {
namespace {

namespace fs = std::filesystem;

Result<std::string> load_file(const fs::path& path) {
  const auto refused = [&](ErrorCode code) {
    return Error(code, path.string() + ": " + std::strerror(errno));
  };
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return refused(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io);
  std::string content;
  std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count == 0) return content;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refused(ErrorCode::io);
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::string file_in(std::string_view name, const char* file) {
  return (fs::path(name) / file).string();
}

}  // namespace

Tokenizer::Tokenizer(TokenizerFile file, TokenizerConfig config)
    : bpe_(std::move(file.model)),
      added_(std::move(file.added)),
      split_(file.split),
      nfc_(file.nfc),
      prefix_(std::move(file.prefix)),
      config_(std::move(config)) {}

Result<Tokenizer> Tokenizer::load(const fs::path& folder) {
  const Result<std::string> file = load_file(folder / "tokenizer.json");
  if (!file) return file.error();
  const Result<std::string> config = load_file(folder / "tokenizer_config.json");
  if (!config && config.error().code() != ErrorCode::not_found) return config.error();
  return parse(*file, config ? std::string_view(*config) : std::string_view(), folder.string());
}

Result<Tokenizer> Tokenizer::parse(std::string_view tokenizer_json,
                                   std::string_view tokenizer_config_json, std::string_view name) {
  Result<TokenizerFile> file = parse_tokenizer_file(tokenizer_json);
  if (!file) return file.error().within(file_in(name, "tokenizer.json"));
  TokenizerConfig none;
  Result<TokenizerConfig> config = tokenizer_config_json.empty()
                                       ? Result<TokenizerConfig>(std::move(none))
                                       : parse_tokenizer_config(tokenizer_config_json);
  const std::string config_name = file_in(name, "tokenizer_config.json");
  if (!config) return config.error().within(config_name);
  const bool add_bos = config->add_bos;
  Tokenizer tokenizer(std::move(*file), std::move(*config));
  if (add_bos && tokenizer.prefix_.empty()) {
    const std::optional<std::int32_t> bos = tokenizer.bos_id();
    if (!bos) {
      return Error(ErrorCode::invalid_input, config_name +
                                                 ": field \"add_bos_token\": there is no token \"" +
                                                 tokenizer.bos_token() + "\" to add");
    }
    tokenizer.prefix_ = {*bos};
  }
  return tokenizer;
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  std::string mended;
  if (valid_utf8_prefix(text) != text.size()) text = mended = mended_utf8(text);
  std::vector<std::int32_t> ids;
  std::size_t done = 0;
  while (const std::optional<AddedTokens::Found> found = added_.find(text, done)) {
    append_part(text.substr(done, found->begin - done), ids);
    ids.push_back(found->token->id);
    done = found->end;
  }
  append_part(text.substr(done), ids);
  return ids;
}

void Tokenizer::append_part(std::string_view text, std::vector<std::int32_t>& ids) const {
  std::optional<std::string> normalized;
  if (nfc_) normalized = normalize_nfc(text);
  if (normalized) text = *normalized;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = piece_end(text, at, split_);
    bpe_.append_tokens(text.substr(at, end - at), ids);
    at = end;
  }
}

std::vector<std::int32_t> Tokenizer::encode_completion(std::string_view text) const {
  std::vector<std::int32_t> ids = encode(text);
  const bool there = ids.size() >= prefix_.size() &&
                     std::ranges::equal(prefix_, std::span(ids).first(prefix_.size()));
  if (!there) ids.insert(ids.begin(), prefix_.begin(), prefix_.end());
  return ids;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special) const {
  std::string bytes;
  for (const std::int32_t id : ids) {
    if (!skip_special || !is_special(id)) bytes += token_bytes(id);
  }
  return valid_utf8_prefix(bytes) == bytes.size() ? bytes : mended_utf8(bytes);
}

bool Tokenizer::is_special(std::int32_t id) const {
  const AddedToken* token = added_.with_id(id);
  return token != nullptr && token->special;
}

std::optional<std::int32_t> Tokenizer::id_of(std::string_view bytes) const {
  if (const AddedToken* token = added_.with_text(bytes)) return token->id;
  return bpe_.vocabulary().find(bytes);
}

}  // namespace proctor::engine
