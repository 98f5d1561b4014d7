#include "harness/hub/content_hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "harness/core/check.h"

namespace proctor::harness::hub {

void Sha1::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha1::Sha1() : context_(EVP_MD_CTX_new()) {
  check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha1(), nullptr) == 1);
}

Sha1& Sha1::update(std::string_view bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  return *this;
}

std::string Sha1::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  check(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1);
  return fmt::format("{:02x}", fmt::join(digest, digest + size, ""));
}

ContentHash::ContentHash(Kind kind, std::uint64_t size) {
  if (kind == Kind::sha256) return;
  const std::string head = "blob " + std::to_string(size);
  hash_.emplace<Sha1>().update(head).update(std::string_view("\0", 1));
}

void ContentHash::update(std::string_view bytes) {
  std::visit([&](auto& hash) { hash.update(bytes); }, hash_);
}

std::string ContentHash::finish() {
  if (auto* sha256 = std::get_if<Sha256>(&hash_)) return hex(sha256->finish());
  return std::get<Sha1>(hash_).finish();
}

}  // namespace proctor::harness::hub
