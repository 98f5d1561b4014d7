// Lists, relations, conditions and operations on sets.
#include <algorithm>

#include "graders/math/expression/reader.h"
#include "graders/math/expression/words.h"

namespace proctor::graders::math {
namespace {

bool ends_list(const Token& token) {
  switch (token.kind) {
    case TokenKind::end:
    case TokenKind::close:
    case TokenKind::group_close:
    case TokenKind::cell:
    case TokenKind::leave:
      return true;
    default:
      return false;
  }
}

// What is said of a thing, without the verb.
std::string_view predicate(std::string_view words) {
  words = stripped(words);
  for (const std::string_view verb : {"is ", "are "}) {
    if (words.starts_with(verb)) words.remove_prefix(verb.size());
  }
  return stripped(words);
}

bool is_quantifier(const Token& token) {
  constexpr std::string_view kWords[] = {"some", "all", "any", "every", "each", "that"};
  return token.is(TokenKind::letters) && std::ranges::count(kWords, token.text) > 0;
}

WordKind word_kind_of(const Token& token) {
  const bool is_word =
      token.is(TokenKind::letters) || token.is(TokenKind::text) || token.is(TokenKind::roman);
  return is_word ? word_kind(token.text) : WordKind::other;
}

}  // namespace

const Node* Reader::list() {
  std::vector<Item> items;
  Separator before;
  do {
    const Node* item = element();
    if (failed()) return item;
    items.push_back({item, before});
    before = separator();
  } while (before.any() && !ends_list(peek()));
  return joined(items);
}

Reader::Separator Reader::separator() {
  Separator found;
  for (;; next()) {
    const Token& token = peek();
    if (token.is_symbol(',') || token.text == "{,}" ||
        (token.is(TokenKind::row) && context_.rows_separate)) {
      found.comma = true;
    } else if (token.is_symbol(';')) {
      found.semicolon = true;
    } else if (word_kind_of(token) == WordKind::conjunction ||
               (token.is(Does::joins_clauses) && token.means == "and")) {
      found.conjunction = true;
    } else if (word_kind_of(token) == WordKind::disjunction ||
               (token.is(Does::joins_clauses) && token.means == "or")) {
      found.disjunction = true;
    } else {
      break;
    }
  }
  // Two answers side by side with a gap between them.
  if (!found.any() && peek().space == Space::wide && starts_atom(peek())) found.comma = true;
  return found;
}

// A semicolon separates more than a comma. So does a lone "and" or "or", where on both sides of it
// are lists of equations: "p = 5, q = 2 and p = 7, q = 2".
const Node* Reader::joined(std::span<const Item> items) {
  if (items.size() == 1) return items.front().node;
  const auto split = [&](auto&& is_boundary, auto&& part_of, std::string_view text) {
    Nodes parts;
    for (std::size_t from = 0, i = 1; i <= items.size(); ++i) {
      if (i < items.size() && !is_boundary(items[i].before)) continue;
      parts.push_back(part_of(items.subspan(from, i - from)));
      from = i;
    }
    return make(Kind::list, text, parts);
  };
  const auto inner = items.subspan(1);  // what is before the first item parts it from others
  if (std::ranges::any_of(inner, [](const Item& item) { return item.before.semicolon; })) {
    return split([](const Separator& separator) { return separator.semicolon; },
                 [&](std::span<const Item> part) { return joined(part); }, ";");
  }
  if (!has_clauses(items)) return flat_list(items);
  const bool any_or =
      std::ranges::any_of(inner, [](const Item& item) { return item.before.disjunction; });
  return split([](const Separator& separator) { return separator.parts_clauses(); },
               [&](std::span<const Item> part) { return flat_list(part); }, any_or ? "or" : "and");
}

// Whether "and" or "or" stands between lists of equations, with no equation alone on a side of it.
bool Reader::has_clauses(std::span<const Item> items) {
  bool any = false, all_lists = true;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].node->kind != Kind::relation) return false;
    const bool begins = i == 0 || items[i].before.parts_clauses();
    const bool ends = i + 1 == items.size() || items[i + 1].before.parts_clauses();
    any = any || (i > 0 && begins);
    all_lists = all_lists && !(begins && ends);
  }
  return any && all_lists;
}

const Node* Reader::flat_list(std::span<const Item> items) {
  if (items.size() == 1) return items.front().node;
  Nodes parts;
  bool any_and = false, any_or = false;
  for (const Item& item : items) {
    parts.push_back(item.node);
    const bool inside = &item != &items.front();
    any_and = any_and || (inside && item.before.conjunction);
    any_or = any_or || (inside && item.before.disjunction);
  }
  // Two hours and thirty minutes.
  const bool measured = any_and && !any_or && std::ranges::all_of(parts, [](const Node* part) {
                          return part->kind == Kind::quantity;
                        });
  if (measured && parts.size() == 2 && parts[0]->text != parts[1]->text) {
    return make(Kind::sum, {}, parts);
  }
  return make(Kind::list, any_or ? "or" : any_and ? "and" : ",", parts);
}

const Node* Reader::element() { return with_condition(relation()); }

const Node* Reader::with_condition(const Node* body) {
  // "n is even"
  if (body->kind == Kind::symbol && peek().is(TokenKind::text) &&
      word_kind_of(peek()) == WordKind::other) {
    body = make(Kind::opaque, predicate(next().text), {body});
  }
  if (opens_condition()) return make(Kind::opaque, "condition", {body, bracket()});
  if (word_kind_of(peek()) != WordKind::condition) return body;
  // "for some", "for all", "such that"
  while (word_kind_of(peek()) == WordKind::condition || peek().is(TokenKind::text) ||
         is_quantifier(peek())) {
    next();
  }
  const Level level(*this);
  return make(Kind::opaque, "condition", {body, failed() ? body : element()});
}

const Node* Reader::relation() {
  const bool labelled = peek().is(TokenKind::text) && peek(1).is(Does::relates);
  const Node* left = set_expression();
  char operation = relation_operator();
  if (operation == 0) return left;
  // \text{Number of ways} = 5 names what it is about; a sentence does not.
  Nodes parts{labelled && left->kind == Kind::text ? make(Kind::symbol, left->text, {})
                                                   : as_operand(left)};
  std::string operations;
  for (; operation != 0; operation = relation_operator()) {
    parts.push_back(with_modulus(set_expression()));
    operations += operation;
    if (failed() || parts.back()->kind == Kind::blank) return fail();
  }
  return make(Kind::relation, operations, parts);
}

// Takes the operator that comes next and gives its letter, or 0 if none comes.
char Reader::relation_operator() {
  const Token& token = peek();
  if (token.is(Does::relates) && !(context_.in_angles && token.means == ">")) {
    next();
    return token.means.front();
  }
  if (token.is(Does::negates) && peek(1).is(Does::relates)) {
    next();
    switch (next().means.front()) {
      case relation::kEqual:
        return relation::kNotEqual;
      case relation::kIn:
        return relation::kNotIn;
      case relation::kLess:
        return relation::kAtLeast;
      case relation::kGreater:
        return relation::kAtMost;
      default:
        fail();
        return 0;
    }
  }
  if (is_in()) {
    next();
    return relation::kIn;
  }
  return 0;
}

// (k in Z) after a value
bool Reader::opens_condition() const {
  return peek().is(TokenKind::open) && peek().text == "(" && peek().states && !opens_modulus();
}

bool Reader::opens_modulus() const {
  return peek().is(TokenKind::open) && (peek(1).is(Does::modulo) || peek(1).text == "mod");
}

// x = 3 (mod 7): the 3 is what is reduced.
const Node* Reader::with_modulus(const Node* operand) {
  if (peek().is(Does::modulo_argument)) {
    next();
    return call("mod", {operand, argument()});
  }
  if (!opens_modulus()) return operand;
  next();
  next();
  const Node* modulus = sum();
  if (!peek().is(TokenKind::close)) return fail();
  next();
  return call("mod", {operand, modulus});
}

// Unions and differences of intersections.
const Node* Reader::set_expression() {
  const Node* left = intersection();
  for (std::string_view operation = set_operator(); !operation.empty();) {
    Nodes parts{left};
    std::string_view other = operation;
    // A difference is no operation among many: A - B - C is (A - B) - C.
    do {
      parts.push_back(intersection());
      if (failed()) return parts.back();
      other = set_operator();
    } while (other == operation && operation == "union");
    left = make(Kind::set_operation, operation, parts);
    operation = other;
  }
  return left;
}

const Node* Reader::intersection() {
  Nodes parts{ratio()};
  while (peek().is(Does::joins_sets) && peek().means == "intersection") {
    next();
    parts.push_back(ratio());
  }
  return parts.size() == 1 ? parts.front() : make(Kind::set_operation, "intersection", parts);
}

// Takes the operator that comes next: a command, or a U between two intervals.
std::string_view Reader::set_operator() {
  const Token& token = peek();
  if (token.is(Does::joins_sets)) {
    next();
    return token.means;
  }
  if (joins_sets_in_words()) {
    next();
    return "union";
  }
  return {};
}

// (1, 2) U (3, 4)
bool Reader::joins_sets_in_words() const {
  const Token& token = peek();
  const bool is_name = token.text == "U" || token.text == "u" || token.text == "union";
  const bool after_set = at_ > 0 && tokens_[at_ - 1].is(TokenKind::close);
  return token.is(TokenKind::letters) && is_name && after_set &&
         (peek(1).is(TokenKind::open) || peek(1).is(TokenKind::close));
}

// x in [0, 1]
bool Reader::is_in() const {
  return peek().is(TokenKind::letters) && peek().text == "in" && peek(1).is(TokenKind::open);
}

const Node* Reader::ratio() {
  const Node* first = sum();
  if (!peek().is_symbol(':') || context_.has_conditions) return first;
  Nodes parts{first};
  while (take_symbol(':')) parts.push_back(sum());
  for (const Node* part : parts) {
    if (part->kind == Kind::text) return fail();  // "Answer: 42"
  }
  return make(Kind::ratio, {}, parts);
}

}  // namespace proctor::graders::math
