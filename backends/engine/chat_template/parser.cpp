#include "backends/engine/chat_template/parser.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include "backends/engine/chat_template/expression_parser.h"
#include "backends/engine/chat_template/names.h"
#include "backends/engine/chat_template/token_stream.h"

namespace proctor::engine {
namespace {

using Words = std::initializer_list<std::string_view>;

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)), expressions_(tokens_) {}

  Result<Program> run() {
    Program program;
    const Result<std::string> end = block(program.body, {});
    if (!end) return end.error();
    if (const Result<void> done = resolve_names(program); !done) return done.error();
    return program;
  }

 private:
  // Parses up to the tag of one of `ends`, whose word it takes and returns, or the template's end.
  Result<std::string> block(Block& body, Words ends) {
    if (++nesting_ > kMaxNesting) return tokens_.wrong("blocks are nested deeper than 200 levels");
    while (!tokens_.is(Token::Kind::end)) {
      const int line = tokens_.peek().line;
      if (tokens_.is(Token::Kind::data)) {
        body.push_back({line, Output{tokens_.next().text}});
      } else if (tokens_.is(Token::Kind::print_begin)) {
        if (const Result<void> done = print(body); !done) return done.error();
      } else {
        tokens_.next();
        const auto* end = std::find_if(ends.begin(), ends.end(),
                                       [&](auto word) { return tokens_.is_name(word); });
        if (end != ends.end()) {
          --nesting_;
          return tokens_.next().text;
        }
        if (const Result<void> done = statement(body); !done) return done.error();
        if (const Result<void> done = tokens_.expect(Token::Kind::block_end); !done) {
          return done.error();
        }
      }
    }
    --nesting_;
    if (ends.size() == 0) return std::string();
    return tokens_.wrong("the template ends where {% " + std::string(*(ends.end() - 1)) +
                         " %} is missing");
  }

  // The rest of an opening tag and its body, up to one of `ends`.
  Result<std::string> body_of_tag(Block& body, Words ends) {
    tokens_.skip_symbol(":");
    if (const Result<void> done = tokens_.expect(Token::Kind::block_end); !done) {
      return done.error();
    }
    return block(body, ends);
  }

  Result<void> print(Block& body) {
    const int line = tokens_.next().line;
    Result<ExpressionPtr> value = expressions_.tuple();
    if (!value) return value.error();
    body.push_back({line, Print{*std::move(value)}});
    return tokens_.expect(Token::Kind::print_end);
  }

  Result<void> statement(Block& body) {
    struct Entry {
      std::string_view word;
      Result<void> (Parser::*parse)(Block&, int);
    };
    constexpr Entry kStatements[] = {
        {"if", &Parser::if_statement},
        {"for", &Parser::for_statement},
        {"set", &Parser::set_statement},
        {"macro", &Parser::macro_statement},
        {"with", &Parser::with_statement},
        {"filter", &Parser::filter_block},
        {"break", &Parser::break_statement},
        {"continue", &Parser::continue_statement},
        {"generation", &Parser::generation_block},
    };
    const int line = tokens_.peek().line;
    if (!tokens_.is(Token::Kind::name)) return tokens_.unexpected("the name of a tag");
    for (const Entry& entry : kStatements) {
      if (tokens_.skip_name(entry.word)) return (this->*entry.parse)(body, line);
    }
    return tokens_.wrong("the tag {% " + tokens_.peek().text + " %} is not supported");
  }

  Result<void> if_statement(Block& body, int line) {
    If node;
    while (true) {
      Result<ExpressionPtr> test = expressions_.tuple(false);
      if (!test) return test.error();
      auto& [condition, branch] = node.branches.emplace_back(*std::move(test), Block());
      Result<std::string> end = body_of_tag(branch, {"elif", "else", "endif"});
      if (!end) return end.error();
      if (*end == "elif") continue;
      if (*end == "else") end = body_of_tag(node.otherwise, {"endif"});
      if (!end) return end.error();
      break;
    }
    body.push_back({line, std::move(node)});
    return {};
  }

  Result<void> for_statement(Block& body, int line) {
    For node;
    ++loop_tags_;
    Result<Target> target = this->target(false);
    if (!target) return target.error();
    node.target = *std::move(target);
    if (!tokens_.skip_name("in")) return tokens_.unexpected("'in'");
    Result<ExpressionPtr> items = expressions_.tuple(false);
    if (!items) return items.error();
    node.items = *std::move(items);
    if (tokens_.skip_name("if")) {
      Result<ExpressionPtr> condition = expressions_.expression();
      if (!condition) return condition.error();
      node.condition = *std::move(condition);
    }
    if (tokens_.is_name("recursive")) return tokens_.wrong("recursive loops are not supported");
    ++loops_;
    Result<std::string> end = body_of_tag(node.body, {"else", "endfor"});
    --loops_;
    if (end && *end == "else") end = body_of_tag(node.otherwise, {"endfor"});
    --loop_tags_;
    if (!end) return end.error();
    body.push_back({line, std::move(node)});
    return {};
  }

  Result<void> set_statement(Block& body, int line) {
    Result<Target> target = this->target(true);
    if (!target) return target.error();
    if (tokens_.skip_symbol("=")) {
      Result<ExpressionPtr> value = expressions_.tuple();
      if (!value) return value.error();
      body.push_back({line, Set{*std::move(target), *std::move(value)}});
      return {};
    }
    Result<std::vector<FilterUse>> filters = expressions_.filters(false);
    if (!filters) return filters.error();
    SetBlock node{*std::move(target), *std::move(filters), {}, {}};
    const Result<std::string> end = body_of_tag(node.body, {"endset"});
    if (!end) return end.error();
    body.push_back({line, std::move(node)});
    return {};
  }

  Result<void> macro_statement(Block& body, int line) {
    Macro node;
    Result<std::string> name = assignable_name();
    if (!name) return name.error();
    node.name = *std::move(name);
    if (const Result<void> done = parameters(node); !done) return done.error();
    const int outer_loops = std::exchange(loops_, 0);
    const Result<std::string> end = body_of_tag(node.body, {"endmacro"});
    loops_ = outer_loops;
    if (!end) return end.error();
    body.push_back({line, std::move(node)});
    return {};
  }

  Result<void> parameters(Macro& node) {
    if (const Result<void> open = tokens_.expect_symbol("("); !open) return open.error();
    while (!tokens_.is_symbol(")")) {
      Result<std::string> name = assignable_name();
      if (!name) return name.error();
      if (std::count(node.parameters.begin(), node.parameters.end(), *name) > 0) {
        return tokens_.wrong("the parameter " + *name + " is declared twice");
      }
      node.parameters.push_back(*std::move(name));
      if (tokens_.skip_symbol("=")) {
        Result<ExpressionPtr> value = expressions_.expression();
        if (!value) return value.error();
        node.defaults.push_back(*std::move(value));
      } else if (!node.defaults.empty()) {
        return tokens_.wrong("a parameter without a default follows one with a default");
      }
      if (!tokens_.skip_symbol(",")) break;
    }
    return tokens_.expect_symbol(")");
  }

  Result<void> with_statement(Block& body, int line) {
    With node;
    while (!tokens_.is(Token::Kind::block_end)) {
      if (!node.assignments.empty()) {
        if (const Result<void> comma = tokens_.expect_symbol(","); !comma) return comma.error();
      }
      Result<Target> target = this->target(false);
      if (!target) return target.error();
      if (const Result<void> equals = tokens_.expect_symbol("="); !equals) return equals.error();
      Result<ExpressionPtr> value = expressions_.expression();
      if (!value) return value.error();
      node.assignments.emplace_back(*std::move(target), *std::move(value));
    }
    const Result<std::string> end = body_of_tag(node.body, {"endwith"});
    if (!end) return end.error();
    body.push_back({line, std::move(node)});
    return {};
  }

  Result<void> filter_block(Block& body, int line) {
    Result<std::vector<FilterUse>> filters = expressions_.filters(true);
    if (!filters) return filters.error();
    FilterBlock node{*std::move(filters), {}, {}};
    const Result<std::string> end = body_of_tag(node.body, {"endfilter"});
    if (!end) return end.error();
    body.push_back({line, std::move(node)});
    return {};
  }

  // jinja2 makes its body a function, so that break and continue cannot leave it.
  Result<void> generation_block(Block& body, int line) {
    Generation node;
    const int outer_loops = std::exchange(loops_, 0);
    const Result<std::string> end = body_of_tag(node.body, {"endgeneration"});
    loops_ = outer_loops;
    if (!end) return end.error();
    body.push_back({line, std::move(node)});
    return {};
  }

  Result<void> break_statement(Block& body, int line) { return leave(body, line, Break{}); }
  Result<void> continue_statement(Block& body, int line) { return leave(body, line, Continue{}); }

  Result<void> leave(Block& body, int line, Statement::Node node) {
    if (loops_ == 0) return tokens_.wrong("break or continue outside a loop");
    body.push_back({line, std::move(node)});
    return {};
  }

  // One target or several with commas between. Only set may name the attribute of a namespace.
  Result<Target> target(bool with_attributes) {
    Target all;
    while (true) {
      const bool ends = tokens_.is(Token::Kind::block_end) || tokens_.is_symbol(")") ||
                        tokens_.is_symbol("=") || tokens_.is_name("in");
      if (ends) break;
      Result<Target> part = one_target(with_attributes);
      if (!part) return part;
      all.parts.push_back(*std::move(part));
      if (!tokens_.skip_symbol(",")) break;
      all.tuple = true;
    }
    if (all.parts.empty()) return tokens_.unexpected("a name");
    if (!all.tuple) return std::move(all.parts[0]);
    return all;
  }

  Result<Target> one_target(bool with_attributes) {
    if (tokens_.skip_symbol("(")) {
      Result<Target> inner = target(false);
      if (!inner) return inner;
      if (const Result<void> closed = tokens_.expect_symbol(")"); !closed) return closed.error();
      return inner;
    }
    Result<std::string> name = assignable_name();
    if (!name) return name.error();
    Target one;
    one.name = *std::move(name);
    if (with_attributes && tokens_.skip_symbol(".")) {
      Result<std::string> attribute = tokens_.expect_name();
      if (!attribute) return attribute.error();
      one.attribute = *std::move(attribute);
    } else if (one.name == "loop" && loop_tags_ > 0) {
      return tokens_.wrong("loop cannot be assigned to");
    }
    return one;
  }

  Result<std::string> assignable_name() {
    constexpr std::string_view kConstants[] = {"true", "false", "none", "True", "False", "None"};
    const std::string& text = tokens_.peek().text;
    const bool constant =
        tokens_.is(Token::Kind::name) &&
        std::find(std::begin(kConstants), std::end(kConstants), text) != std::end(kConstants);
    if (constant) return tokens_.wrong(text + " cannot be assigned to");
    return tokens_.expect_name();
  }

  TokenStream tokens_;
  ExpressionParser expressions_;
  int nesting_ = 0;
  int loops_ = 0;      // whose bodies are around the current place, within its function
  int loop_tags_ = 0;  // that are open around the current place
};

}  // namespace

Result<Program> parse_template(std::string_view source) {
  Result<std::vector<Token>> tokens = tokenize(source);
  if (!tokens) return tokens.error();
  return Parser(*std::move(tokens)).run();
}

}  // namespace proctor::engine
