// Builds the tree of an answer from its tokens: recursive descent from lists down to atoms, with
// the precedence of operators in the order of the functions below. Internal to parse_answer().
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graders/math/expression/expression.h"
#include "graders/math/expression/parser.h"
#include "graders/math/expression/token.h"

namespace proctor::graders::math {

class Reader {
 public:
  // The tokens must end with one of kind `end`; the reader cuts them up further as it goes.
  Reader(std::span<Token> tokens, Arena& arena);

  // The tree of all tokens, or null with failure() set. To be called once.
  const Node* read();
  ParseFailure failure() const { return failure_; }

 private:
  using Nodes = std::vector<const Node*>;

  // What the brackets around a place say about the signs in it.
  struct Context {
    int bars = 0;                 // absolute values begun and not ended
    bool comma_groups = true;     // 1,234 is a number here, not two
    bool has_conditions = false;  // a bar or colon begins them: in a set, in P(A | B)
    bool rows_separate = true;    // as commas do; not within an environment, whose they are
    bool in_angles = false;       // > closes a bracket
    int integrals = 0;            // dx ends something
  };
  // Enters new brackets and leaves them again.
  class Scope {
   public:
    Scope(Reader& reader, const Context& context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Reader& reader_;
    Context outer_;
  };
  // Counts how deep the reader's own calls are.
  class Level {
   public:
    explicit Level(Reader& reader);
    ~Level();
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Reader& reader_;
  };

  // reader.cpp
  const Token& peek(std::size_t ahead = 0) const;
  const Token& next();
  bool take_symbol(char c);
  bool failed() const { return failure_ != ParseFailure::none; }
  const Node* fail(ParseFailure why = ParseFailure::unparsed);
  const Node* make(Kind kind, std::string_view text, std::initializer_list<const Node*> parts);
  const Node* make(Kind kind, std::string_view text, std::span<const Node* const> parts);
  const Node* call(std::string_view name, std::initializer_list<const Node*> parts);
  const Node* number_node(std::string_view digits);
  void find_function_names();
  std::string_view name_before(std::size_t open) const;
  void drop_outer_punctuation();

  // reader_lists.cpp: what is said
  struct Separator {
    bool comma = false, semicolon = false, conjunction = false, disjunction = false;
    bool any() const { return comma || semicolon || conjunction || disjunction; }
    bool parts_clauses() const { return !comma && (conjunction || disjunction); }
  };
  struct Item {
    const Node* node;
    Separator before;
  };
  const Node* list();
  Separator separator();
  const Node* joined(std::span<const Item> items);
  static bool has_clauses(std::span<const Item> items);
  const Node* flat_list(std::span<const Item> items);
  const Node* element();
  const Node* relation();
  char relation_operator();
  bool opens_condition() const;
  bool opens_modulus() const;
  const Node* with_modulus(const Node* operand);
  const Node* with_condition(const Node* body);
  const Node* set_expression();
  const Node* intersection();
  std::string_view set_operator();
  bool joins_sets_in_words() const;
  bool is_in() const;
  const Node* ratio();

  // reader_terms.cpp: arithmetic
  const Node* sum();
  const Node* sum_of(Nodes& terms);
  const Node* product();
  bool multiplies_by_x(const Node& left) const;
  void measure(Nodes& factors, std::string_view unit);
  const Node* finer_units(const Node* coarse);
  const Node* denominator(bool literal_above);
  const Node* signed_factor();
  const Node* product_of(std::span<const Node* const> factors);
  const Node* factor();
  bool starts_atom(const Token& token) const;
  bool juxtaposes(const Node* left) const;
  const Node* as_operand(const Node* node);
  const Node* scientific(const Node* mantissa);

  // reader_powers.cpp: what stands at the corners of a factor
  const Node* with_postfixes(const Node* base);
  const Node* with_index(const Node* base);
  const Node* with_exponent(const Node* base);
  const Node* degrees(const Node* size);
  const Node* exponent();
  const Node* argument();
  const Node* digit_argument();

  // reader_atoms.cpp: letters, commands, groups
  const Node* atom();
  const Node* command();
  const Node* letters();
  const Node* named(std::string_view name);
  std::string subscript();

  // reader_structures.cpp: groups, fractions, roots, what is set over a symbol
  const Node* group();
  const Node* closed_group(const Node* content);
  const Node* fraction();
  const Node* root(const Token& command);
  const Node* overlined();
  const Node* accented(const Token& command);
  const Node* number_set(const Token& command);
  const Node* money();

  // reader_numbers.cpp
  const Node* number();
  std::size_t hexadecimal_tokens() const;
  bool read_groups(std::string& digits);
  bool read_decimal_comma(std::string& digits);
  bool read_repetend(std::string& digits);
  const Node* clock();
  const Node* mixed(const Node* whole);
  const Node* based(std::string_view digits);

  // reader_calls.cpp: functions
  const Node* function(std::string_view name);
  const Node* logarithm(std::string_view name, const Node* base);
  const Node* finish_call(std::string_view name, const Node* base, const Node* power);
  const Node* bare_argument();
  Nodes call_arguments(bool has_conditions = false);
  const Node* big_operator(const Token& command);
  const Node* integral();
  const Node* limit();

  // reader_brackets.cpp
  const Node* bracket();
  const Node* absolute();
  const Node* set_members();
  const Node* environment();
  bool states_in_first_row() const;
  const Node* matrix(std::string_view name);
  const Node* piecewise();
  const Node* system();

  // reader_text.cpp: words and units
  const Node* phrase();
  bool is_unit(const Token& token, const Node& value, bool first) const;
  bool read_unit(const Node* value, std::string& unit);
  bool read_bracketed_unit(std::string& unit);
  void read_unit_exponent(std::string& unit);
  bool read_unit_joint(const Node& value, std::string& unit);
  const Node* with_unit(const Node* value, std::string_view unit);
  bool is_word(const Token& token) const;

  std::span<Token> tokens_;
  Arena& arena_;
  std::size_t at_ = 0;
  Context context_;
  int depth_ = 0;
  ParseFailure failure_ = ParseFailure::none;
  std::vector<std::string_view> functions_;  // names defined in the text: f of f(x)=...
};

}  // namespace proctor::graders::math
