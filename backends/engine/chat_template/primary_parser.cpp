// The expressions that bind tightest: names, literals, and what follows them.
#include <utility>

#include "backends/engine/chat_template/expression_parser.h"

namespace proctor::engine {

Result<ExpressionPtr> ExpressionParser::primary() {
  const int where = line();
  if (tokens_.is(Token::Kind::name)) return name_or_constant();
  if (tokens_.is(Token::Kind::text)) {
    std::string text;
    while (tokens_.is(Token::Kind::text)) text += tokens_.next().text;
    return make(where, Literal{Value::text(std::move(text))});
  }
  if (tokens_.is(Token::Kind::integer)) return make(where, Literal{Value(tokens_.next().integer)});
  if (tokens_.is(Token::Kind::real)) return make(where, Literal{Value(tokens_.next().real)});
  if (tokens_.is_symbol("(")) return parenthesized();
  if (tokens_.is_symbol("[")) return list();
  if (tokens_.is_symbol("{")) return dict();
  return tokens_.unexpected("an expression");
}

Result<ExpressionPtr> ExpressionParser::name_or_constant() {
  const int where = line();
  const std::string name = tokens_.next().text;
  if (name == "true" || name == "True") return make(where, Literal{Value(true)});
  if (name == "false" || name == "False") return make(where, Literal{Value(false)});
  if (name == "none" || name == "None") return make(where, Literal{Value()});
  return make(where, Name{name});
}

Result<ExpressionPtr> ExpressionParser::parenthesized() {
  const int where = line();
  tokens_.next();
  if (tokens_.skip_symbol(")")) return make(where, ListLiteral{.items = {}, .tuple = true});
  Result<ExpressionPtr> inner = tuple();
  if (!inner) return inner;
  if (const Result<void> closed = tokens_.expect_symbol(")"); !closed) return closed.error();
  return inner;
}

Result<ExpressionPtr> ExpressionParser::list() {
  const int where = line();
  tokens_.next();
  ListLiteral all;
  while (!tokens_.is_symbol("]")) {
    Result<ExpressionPtr> item = expression();
    if (!item) return item;
    all.items.push_back(*std::move(item));
    if (!tokens_.skip_symbol(",")) break;
  }
  if (const Result<void> closed = tokens_.expect_symbol("]"); !closed) return closed.error();
  return make(where, std::move(all));
}

Result<ExpressionPtr> ExpressionParser::dict() {
  const int where = line();
  tokens_.next();
  DictLiteral all;
  while (!tokens_.is_symbol("}")) {
    Result<ExpressionPtr> key = expression();
    if (!key) return key;
    if (const Result<void> colon = tokens_.expect_symbol(":"); !colon) return colon.error();
    Result<ExpressionPtr> value = expression();
    if (!value) return value;
    all.entries.emplace_back(*std::move(key), *std::move(value));
    if (!tokens_.skip_symbol(",")) break;
  }
  if (const Result<void> closed = tokens_.expect_symbol("}"); !closed) return closed.error();
  return make(where, std::move(all));
}

Result<ExpressionPtr> ExpressionParser::postfix(ExpressionPtr of) {
  Result<ExpressionPtr> result = std::move(of);
  while (result) {
    const int where = line();
    if (tokens_.is_symbol(".")) {
      result = after_dot(*std::move(result));
    } else if (tokens_.is_symbol("[")) {
      result = in_brackets(*std::move(result));
    } else if (tokens_.is_symbol("(")) {
      Result<CallArguments> given = arguments();
      if (!given) return given.error();
      result = make(where, Call{*std::move(result), *std::move(given)});
    } else {
      break;
    }
  }
  return result;
}

Result<ExpressionPtr> ExpressionParser::filters_and_tests(ExpressionPtr input) {
  Result<ExpressionPtr> result = std::move(input);
  while (result) {
    const int where = line();
    if (tokens_.skip_symbol("|")) {
      Result<FilterUse> use = filter();
      if (!use) return use.error();
      use->input = *std::move(result);
      result = make(where, *std::move(use));
    } else if (tokens_.skip_name("is")) {
      result = test(*std::move(result));
    } else if (tokens_.is_symbol("(")) {
      Result<CallArguments> given = arguments();
      if (!given) return given.error();
      result = make(where, Call{*std::move(result), *std::move(given)});
    } else {
      break;
    }
  }
  return result;
}

Result<ExpressionPtr> ExpressionParser::after_dot(ExpressionPtr of) {
  const int where = line();
  tokens_.next();
  if (tokens_.is(Token::Kind::integer)) {
    Result<ExpressionPtr> key = make(where, Literal{Value(tokens_.next().integer)});
    if (!key) return key;
    return make(where, Subscript{std::move(of), *std::move(key)});
  }
  Result<std::string> name = tokens_.expect_name();
  if (!name) return name.error();
  return make(where, Attribute{std::move(of), *std::move(name)});
}

Result<ExpressionPtr> ExpressionParser::in_brackets(ExpressionPtr of) {
  const int where = line();
  tokens_.next();
  ExpressionPtr parts[3];
  std::size_t colons = 0;
  while (true) {
    const bool none = tokens_.is_symbol(":") || tokens_.is_symbol("]");
    if (!none) {
      Result<ExpressionPtr> part = expression();
      if (!part) return part;
      parts[colons] = *std::move(part);
    }
    if (colons == 2 || !tokens_.skip_symbol(":")) break;
    ++colons;
  }
  if (tokens_.is_symbol(",")) return tokens_.wrong("subscripts with commas are not supported");
  if (const Result<void> closed = tokens_.expect_symbol("]"); !closed) return closed.error();
  if (colons > 0) {
    return make(
        where, Slice{std::move(of), std::move(parts[0]), std::move(parts[1]), std::move(parts[2])});
  }
  if (parts[0] == nullptr) return tokens_.wrong("empty subscripts are not supported");
  return make(where, Subscript{std::move(of), std::move(parts[0])});
}

Result<ExpressionPtr> ExpressionParser::test(ExpressionPtr input) {
  const int where = line();
  const bool negated = tokens_.skip_name("not");
  const Result<std::string> name = tokens_.expect_name();
  if (!name) return name.error();
  TestUse use{.input = std::move(input), .test = find_test(*name), .arguments = {}};
  if (use.test == nullptr) return tokens_.wrong("the test " + *name + " is not supported");
  const auto is = [&](Token::Kind kind) { return tokens_.is(kind); };
  const bool word = is(Token::Kind::name) && !tokens_.is_name("else") && !tokens_.is_name("or") &&
                    !tokens_.is_name("and");
  if (tokens_.is_symbol("(")) {
    Result<CallArguments> given = arguments();
    if (!given) return given.error();
    use.arguments = *std::move(given);
  } else if (word || is(Token::Kind::text) || is(Token::Kind::integer) || is(Token::Kind::real) ||
             tokens_.is_symbol("[") || tokens_.is_symbol("{")) {
    if (tokens_.is_name("is")) return tokens_.wrong("tests cannot be chained with is");
    Result<ExpressionPtr> argument = primary();
    if (argument) argument = postfix(*std::move(argument));
    if (!argument) return argument;
    use.arguments.positional.push_back(*std::move(argument));
  }
  Result<ExpressionPtr> result = make(where, std::move(use));
  if (!result || !negated) return result;
  return make(where, Not{*std::move(result)});
}

Result<FilterUse> ExpressionParser::filter() {
  const Result<std::string> name = tokens_.expect_name();
  if (!name) return name.error();
  FilterUse use;
  use.filter = find_filter(*name);
  if (use.filter == nullptr) return tokens_.wrong("the filter " + *name + " is not supported");
  if (tokens_.is_symbol("(")) {
    Result<CallArguments> given = arguments();
    if (!given) return given.error();
    use.arguments = *std::move(given);
  }
  return use;
}

Result<std::vector<FilterUse>> ExpressionParser::filters(bool first_without_pipe) {
  std::vector<FilterUse> all;
  while (first_without_pipe || tokens_.skip_symbol("|")) {
    first_without_pipe = false;
    Result<FilterUse> use = filter();
    if (!use) return use.error();
    all.push_back(*std::move(use));
  }
  return all;
}

Result<CallArguments> ExpressionParser::arguments() {
  tokens_.next();
  CallArguments all;
  while (!tokens_.is_symbol(")")) {
    if (const Result<void> done = argument(all); !done) return done.error();
    if (!tokens_.skip_symbol(",")) break;
  }
  if (const Result<void> closed = tokens_.expect_symbol(")"); !closed) return closed.error();
  return all;
}

Result<void> ExpressionParser::argument(CallArguments& all) {
  if (tokens_.is_symbol("*") || tokens_.is_symbol("**")) {
    return tokens_.wrong("arguments with * are not supported");
  }
  const bool named = tokens_.is(Token::Kind::name) && tokens_.is_symbol("=", 1);
  std::string name;
  if (named) {
    name = tokens_.next().text;
    tokens_.next();
    for (const auto& [other, unused] : all.named) {
      if (other == name) return tokens_.wrong("the argument " + name + " is given twice");
    }
  } else if (!all.named.empty()) {
    return tokens_.wrong("an argument without a name follows one with a name");
  }
  Result<ExpressionPtr> value = expression();
  if (!value) return value.error();
  if (named) {
    all.named.emplace_back(std::move(name), *std::move(value));
  } else {
    all.positional.push_back(*std::move(value));
  }
  return {};
}

}  // namespace proctor::engine
