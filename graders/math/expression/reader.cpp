#include "graders/math/expression/reader.h"

#include <algorithm>

namespace proctor::graders::math {
namespace {

constexpr int kDeepest = 256;
constexpr std::size_t kMostNodes = 20'000;

constexpr Node kNoNode{};  // stands for the tree once reading has failed

}  // namespace

Reader::Reader(std::span<Token> tokens, Arena& arena) : tokens_(tokens), arena_(arena) {}

Reader::Scope::Scope(Reader& reader, const Context& context)
    : reader_(reader), outer_(std::exchange(reader.context_, context)) {}

Reader::Scope::~Scope() { reader_.context_ = outer_; }

Reader::Level::Level(Reader& reader) : reader_(reader) {
  if (++reader_.depth_ > kDeepest) reader_.fail(ParseFailure::over_budget);
}

Reader::Level::~Level() { --reader_.depth_; }

const Node* Reader::read() {
  drop_outer_punctuation();
  if (peek().is(TokenKind::end)) {
    failure_ = ParseFailure::empty;
    return nullptr;
  }
  find_function_names();
  // "= 5" is the end of a chain whose beginning was said elsewhere.
  if (peek().is(Does::relates) && (peek().means == "=" || peek().means == "~")) next();
  const Node* root = closed_group(list());
  while (peek().is(TokenKind::group_close)) next();
  if (!peek().is(TokenKind::end)) fail();
  if (!failed() && root->kind == Kind::blank) failure_ = ParseFailure::empty;
  return failed() ? nullptr : root;
}

const Token& Reader::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const Token& Reader::next() {
  const Token& token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool Reader::take_symbol(char c) {
  if (!peek().is_symbol(c)) return false;
  next();
  return true;
}

// Everything is read as ended from here on, so that no rule goes on.
const Node* Reader::fail(ParseFailure why) {
  if (!failed()) failure_ = why;
  at_ = tokens_.size() - 1;
  return &kNoNode;
}

const Node* Reader::make(Kind kind, std::string_view text,
                         std::initializer_list<const Node*> parts) {
  return make(kind, text, std::span<const Node* const>(parts.begin(), parts.size()));
}

const Node* Reader::make(Kind kind, std::string_view text, std::span<const Node* const> parts) {
  if (failed()) return &kNoNode;
  if (arena_.nodes() > kMostNodes) return fail(ParseFailure::over_budget);
  return arena_.make(kind, text, parts);
}

const Node* Reader::call(std::string_view name, std::initializer_list<const Node*> parts) {
  return make(Kind::call, name, parts);
}

const Node* Reader::number_node(std::string_view digits) { return make(Kind::number, digits, {}); }

// A name is a function where the text defines it: letters, "(", names or numbers, ")", "=".
void Reader::find_function_names() {
  for (std::size_t open = 1; open < tokens_.size(); ++open) {
    if (!tokens_[open].is(TokenKind::open) || tokens_[open].text != "(") continue;
    std::size_t close = open + 1;
    while (tokens_[close].is(TokenKind::letters) || tokens_[close].is(TokenKind::number) ||
           tokens_[close].is_symbol(',') || tokens_[close].is(Does::symbol)) {
      ++close;
    }
    if (close == open + 1 || !tokens_[close].is(TokenKind::close)) continue;
    if (!tokens_[close + 1].is(Does::relates) || tokens_[close + 1].means != "=") continue;
    const std::string_view name = name_before(open);
    if (!name.empty() && std::ranges::count(functions_, name) == 0) functions_.push_back(name);
  }
}

// The letter that an opening bracket comes after: back over primes, an index and the sign of an
// inverse. Empty if there is none.
std::string_view Reader::name_before(std::size_t open) const {
  constexpr std::size_t kLongestName = 8;
  const auto at = [&](std::size_t back) { return back <= open ? tokens_[open - back] : Token(); };
  for (std::size_t back = 1; back <= kLongestName; ++back) {
    const Token token = at(back);
    if (token.is(TokenKind::end) || token.is(Does::relates) || token.is_symbol(',') ||
        token.is_symbol('+')) {
      break;
    }
    const bool indexes = at(back + 1).is_symbol('_') ||
                         (at(back + 1).is(TokenKind::group_open) && at(back + 2).is_symbol('_'));
    if (indexes) continue;
    if (token.is(Does::symbol)) return token.means;
    if (token.is(TokenKind::letters)) {
      return token.text.size() == 1 ? token.text : std::string_view();
    }
  }
  return {};
}

void Reader::drop_outer_punctuation() {
  const auto is_layout = [](const Token& token) {
    return token.is(TokenKind::row) || token.is_symbol('.') || token.is_symbol(',') ||
           token.is_symbol(';') || token.is_symbol(':');
  };
  bool italic = false;
  for (; at_ + 1 < tokens_.size(); ++at_) {
    const bool star = tokens_[at_].is_symbol('*');
    if (!star && !is_layout(tokens_[at_])) break;
    italic = italic || star;
  }
  while (tokens_.size() > at_ + 1) {
    const Token& last = tokens_[tokens_.size() - 2];
    if (!is_layout(last) && !(italic && last.is_symbol('*'))) break;
    tokens_[tokens_.size() - 2] = tokens_.back();
    tokens_ = tokens_.first(tokens_.size() - 1);
  }
}

}  // namespace proctor::graders::math
