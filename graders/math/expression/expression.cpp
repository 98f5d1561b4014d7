#include "graders/math/expression/expression.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

namespace proctor::graders::math {
namespace {

constexpr std::size_t kFirstBlock = 4096;

std::string_view name_of(Kind kind) {
  constexpr std::string_view kNames[] = {
      "number",     "based",     "symbol",      "constant",
      "text",       "blank",     "sum",         "mixed",
      "product",    "quotient",  "negative",    "plus_minus",
      "power",      "root",      "factorial",   "double_factorial",
      "percent",    "degrees",   "quantity",    "ratio",
      "call",       "apply",     "big_sum",     "big_product",
      "opaque",     "list",      "bracketed",   "set_operation",
      "number_set", "empty_set", "set_builder", "matrix",
      "relation",   "piecewise"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Kind::piecewise) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

void append(const Node& node, std::string& out) {
  const bool bare = node.kind == Kind::number || node.kind == Kind::symbol;
  if (bare) {
    out += node.text;
    return;
  }
  out += '(';
  out += name_of(node.kind);
  if (!node.text.empty()) {
    out += " \"";
    out += node.text;
    out += '"';
  }
  if (node.kind == Kind::matrix) out += " columns=" + std::to_string(node.columns);
  for (const Node* part : node.parts) {
    out += ' ';
    append(*part, out);
  }
  out += ')';
}

}  // namespace

void* Arena::take(std::size_t bytes, std::size_t alignment) {
  for (;; ++block_, used_ = 0) {
    if (block_ == blocks_.size()) {
      const std::size_t last = blocks_.empty() ? kFirstBlock / 2 : blocks_.back().size;
      const std::size_t size = std::max(2 * last, bytes + alignment);
      blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    }
    void* at = blocks_[block_].bytes.get() + used_;
    std::size_t room = blocks_[block_].size - used_;
    if (std::align(alignment, bytes, at, room) != nullptr) {
      used_ = blocks_[block_].size - room + bytes;
      return at;
    }
  }
}

std::string_view Arena::keep(std::string_view text) {
  if (text.empty()) return {};
  char* copy = static_cast<char*>(take(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

const Node* Arena::make(Kind kind, std::string_view text, std::span<const Node* const> parts,
                        std::size_t columns) {
  const Node** kept = nullptr;
  if (!parts.empty()) {
    kept = static_cast<const Node**>(take(parts.size_bytes(), alignof(const Node*)));
    std::ranges::copy(parts, kept);
  }
  ++nodes_;
  return new (take(sizeof(Node), alignof(Node)))
      Node{kind, keep(text), {kept, parts.size()}, columns};
}

void Arena::clear() {
  block_ = 0;
  used_ = 0;
  nodes_ = 0;
}

std::string to_string(const Node& node) {
  std::string out;
  append(node, out);
  return out;
}

}  // namespace proctor::graders::math
