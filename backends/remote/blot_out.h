// A server may quote the key it did not like; whatever is stored or shown must not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace proctor::backends {

// The text without the secret, which may be empty: then it is the text.
inline std::string blotted_out(std::string text, std::string_view secret) {
  constexpr std::string_view kBlot = "[key]";
  for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos;) {
    text.replace(at, secret.size(), kBlot);
    at += kBlot.size();
  }
  return text;
}

}  // namespace proctor::backends
