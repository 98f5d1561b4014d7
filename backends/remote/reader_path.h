// What the readers of objects (chat_reader, messages_reader) have in common: where in a document
// they are, which member they are at, and how many pieces of text they have seen.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "harness/core/check.h"

namespace proctor::backends {

template <class Key>
struct NamedKey {
  std::string_view name;
  Key key;
};

template <class Key, std::size_t Count>
Key key_named(std::string_view name, const NamedKey<Key> (&keys)[Count]) {
  for (const NamedKey<Key>& known : keys) {
    if (known.name == name) return known.key;
  }
  return Key::other;
}

// The containers from the root to where a reader is. Node::other, which is Node(), is what does not
// matter, nor anything within it: of these only the number is kept.
template <class Node>
class ReaderPath {
 public:
  void enter(Node node) {
    if (others_ > 0 || node == Node::other) {
      ++others_;
      return;
    }
    check(known_ < nodes_.size());
    nodes_[known_++] = node;
  }

  void leave() {
    if (others_ > 0) {
      --others_;
    } else {
      --known_;
    }
  }

  std::size_t depth() const { return known_ + others_; }
  Node node() const { return others_ > 0 || known_ == 0 ? Node::other : nodes_[known_ - 1]; }

 private:
  static constexpr std::size_t kLongestWay = 8;  // to what matters

  std::array<Node, kLongestWay> nodes_{};
  std::size_t known_ = 0;
  std::size_t others_ = 0;
};

// Whether a document's text is a single string, and where that is.
class SeenTexts {
 public:
  void add(std::string_view raw) {
    if (raw.empty()) return;
    only_ = std::exchange(any_, true) ? std::string_view() : raw;
  }
  std::string_view only() const { return only_; }  // empty: none, or several

 private:
  bool any_ = false;
  std::string_view only_;
};

}  // namespace proctor::backends
