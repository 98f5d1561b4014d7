#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "tests/backends/engine/chat_template/template_rows.h"

using namespace proctor;
using engine::print_template;

namespace {

struct Row {
  std::string source;
  std::string_view error;  // the beginning of the message
};

void check_errors(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.source.size() < 200 ? row.source : "a long one");
    const Result<std::string> text = print_template(row.source);
    REQUIRE(!text);
    CHECK(text.error().code() == ErrorCode::invalid_input);
    CAPTURE(text.error().message());
    CHECK(text.error().message().starts_with(row.error));
  }
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("wrong syntax is an error with its line") {
  check_errors({
      {"a\n{{ x", "t:2: the tag is never closed"},
      {"\n\n{% if x %}", "t:3: the template ends where {% endif %} is missing"},
      {"{% endif %}", "t:1: the tag {% endif %} is not supported"},
      {"{{ }}", "t:1: expected an expression, found '}}'"},
      {"{{ 1 + }}", "t:1: expected an expression"},
      {"{{ (1 }}", "t:1: unexpected '}'"},
      {"{{ 'abc }}", "t:1: a string is never closed"},
      {"{{ a ! b }}", "t:1: unexpected character '!'"},
      {"{# never", "t:1: a comment is never closed"},
      {"{% raw %} x", "t:1: a raw block is never closed"},
      {"{% for x l %}{% endfor %}", "t:1: expected 'in', found 'l'"},
      {"{% set 1 = 2 %}", "t:1: expected a name, found '1'"},
      {"{% set true = 2 %}", "t:1: true cannot be assigned to"},
      {"{% break %}", "t:1: break or continue outside a loop"},
      {"{% for x in l %}{% macro f() %}{% break %}{% endmacro %}{% endfor %}", "t:1: break or"},
      {"{% for x in l %}{% set loop = 1 %}{% endfor %}", "t:1: loop cannot be assigned to"},
      {"{% macro f(a=1, b) %}{% endmacro %}", "t:1: a parameter without a default"},
      {"{{ f(a=1, 2) }}", "t:1: an argument without a name follows"},
      {"{{ 99999999999999999999 }}", "t:1: the number 99999999999999999999 does not fit"},
      {"{{ '\\ud83d' }}", "t:1: a string has an escape that is no character"},
      {"\xFF", "t:not valid UTF-8"},
  });
}

TEST_CASE("what is not supported is an error when the template is parsed") {
  check_errors({
      {"{% include 'x' %}", "t:1: the tag {% include %} is not supported"},
      {"{% extends 'x' %}", "t:1: the tag {% extends %} is not supported"},
      {"{% block x %}{% endblock %}", "t:1: the tag {% block %} is not supported"},
      {"{% call f() %}{% endcall %}", "t:1: the tag {% call %} is not supported"},
      {"{% if false %}\n{{ x | urlize }}{% endif %}", "t:2: the filter urlize is not supported"},
      {"{{ x is filter }}", "t:1: the test filter is not supported"},
      {"{% for x in l recursive %}{% endfor %}", "t:1: recursive loops are not supported"},
      {"{{ f(*l) }}", "t:1: arguments with * are not supported"},
      {"{% macro f() %}{{ caller() }}{% endmacro %}", "t:1: caller in a macro is not supported"},
      {"{% macro f() %}\n{{ varargs }}{% endmacro %}", "t:2: varargs in a macro"},
      {"{{ é }}", "t:1: unexpected character 'é'"},
      {"{{ l[1, 2] }}", "t:1: subscripts with commas are not supported"},
  });
}

TEST_CASE("what fails while rendering is an error with its line") {
  check_errors({
      {"\n{{ missing.x }}", "t:2: 'missing' is undefined"},
      {"{{ missing.x.y }}", "t:1: 'missing' is undefined"},
      {"{{ d.zz.y }}", "t:1: 'dict object' has no attribute 'zz'"},
      {"{{ missing() }}", "t:1: 'missing' is undefined"},
      {"{{ missing + 1 }}", "t:1: 'missing' is undefined"},
      {"{{ missing < 1 }}", "t:1: 'missing' is undefined"},
      {"{{ 'a' + 1 }}", "t:1: 'str' + 'int' is not defined"},
      {"{{ 'a' + none }}", "t:1: 'str' + 'NoneType' is not defined"},
      {"{{ 1 < 'a' }}", "t:1: 'int' and 'str' have no order"},
      {"{{ 1 / 0 }}", "t:1: division by zero"},
      {"{{ 1 in 'a' }}", "t:1: a string is looked for"},
      {"{{ n() }}", "t:1: 'int' cannot be called"},
      {"{% for x in n %}{% endfor %}", "t:1: 'int' cannot be iterated"},
      {"{% set a, b = l %}", "t:1: cannot assign 3 values to 2 names"},
      {"{% set d.x = 1 %}", "t:1: cannot assign to an attribute of d"},
      {"{{ l.append(4) }}", "t:1: the sandbox forbids list.append"},
      {"{{ d.update({}) }}", "t:1: the sandbox forbids dict.update"},
      {"{{ ''.__class__.x }}", "t:1: the sandbox forbids str.__class__"},
      {"{{ s.encode() }}", "t:1: str.encode is not supported"},
      {"{{ {[]: 1} }}", "t:1: unhashable type: 'list'"},
      {"{{ raise_exception('no ' ~ n) }}", "t:1: the template refuses: no 7"},
      {"{{ missing | tojson }}", "t:1: tojson: 'Undefined' has no JSON form"},
      {"{{ range | string }}", "t:1: a function has no fixed text"},
      {"{{ s | trim(1) }}", "t:1: trim: chars must be a string"},
      {"{{ s | replace('a') }}", "t:1: replace: needs the argument new"},
      {"{{ s | upper(1) }}", "t:1: upper: takes at most 0 arguments"},
      {"{{ l | join(x=1) }}", "t:1: join: has no parameter x"},
      {"{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}", "t:1: macro f: takes at most 1"},
      {"{% macro f(a) %}{% endmacro %}{{ f(b=2) }}", "t:1: macro f: has no parameter b"},
      {"{{ [1, 'a'] | sort }}", "t:1: 'str' and 'int' have no order"},
      {"{{ 'ﬁ' | upper }}", "t:1: upper and lower case of U+FB01 is not supported"},
      {"{{ namespace(_x=1) }}", "t:1: namespace: a name begins with _"},
      {"{{ l[::0] }}", "t:1: the step of a slice is zero"},
      {"{{ strftime_now('%Y') }}", "t:1: 'strftime_now' is undefined"},
      {"{{ 9223372036854775807 + 1 }}", "t:1: an integer does not fit 64 bits"},
  });
}

TEST_CASE("hostile templates end with an error") {
  check_errors({
      {"{{ range(10 ** 9) }}", "t:1: range: more than 100000 numbers"},
      {"{{ 'a' * 10 ** 9 }}", "t:1: the template makes more than 256 MiB"},
      {"{{ [1] * 10 ** 9 }}", "t:1: the template makes more than 256 MiB"},
      {"{{ [[]] * 10 ** 18 }}", "t:1: the template makes more than 256 MiB"},
      {"{{ ('a' * 10 ** 6).replace('', 'b' * 10 ** 6) }}", "t:1: the template makes more than"},
      {"{{ '%999999999d' % 1 }}", "t:1: a format is wider than 10000"},
      {"{{ 'a\\nb' | indent(10 ** 12) }}", "t:1: the template makes more than 256 MiB"},
      {"{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}"
       "{% endfor %}",
       "t:1: the template makes more than 256 MiB"},
      {"{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor "
       "%}",
       "t:1: a list is nested deeper than 200"},
      {"{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] | reverse %}"
       "{% endfor %}",
       "t:1: a list is nested deeper than 200"},
      {"{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x].copy %}"
       "{% endfor %}",
       "t:1: a list is nested deeper than 200"},
      {"{% set ns = namespace(x=[]) %}{% for i in range(9999) %}"
       "{% set ns.x = {'a': ns.x}.items() %}{% endfor %}",
       "t:1: a dict is nested deeper than 200"},
      {"{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% for j in [ns.x] %}"
       "{% set ns.x = loop %}{% endfor %}{% endfor %}",
       "t:1: a list is nested deeper than 200"},
      {"{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
       "t:1: the template does more than 50000000 steps"},
      {"{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "t:1: macros call each other deeper"},
      {"{{ " + repeated("(", 100'000) + repeated(")", 100'000) + " }}",
       "t:1: the expression is nested deeper than 200"},
      {"{{ " + repeated("[", 100'000) + repeated("]", 100'000) + " }}",
       "t:1: the expression is nested deeper than 200"},
      {"{{ " + repeated("not ", 100'000) + "1 }}", "t:1: the expression is nested deeper than 200"},
      {"{{ 1" + repeated(" + 1", 100'000) + " }}", "t:1: the expression is nested deeper than 200"},
      {"{{ n" + repeated(".x", 100'000) + " }}", "t:1: the expression is nested deeper than 200"},
      {"{{ n" + repeated(" | abs", 100'000) + " }}", "t:1: the expression is nested deeper"},
      {"{{ 1" + repeated(" if 1", 100'000) + " }}", "t:1: the expression is nested deeper"},
      {repeated("{% if 1 %}", 100'000), "t:1: blocks are nested deeper than 200"},
  });
}

TEST_CASE("namespaces and macros that hold each other are let go") {
  // The leak checker of the asan preset is the judge of this.
  const Result<std::string> text = print_template(
      "{% set a = namespace() %}{% set a.self = a %}{% set a.list = [a] %}"
      "{% for i in l %}{% macro f() %}{{ a.x }}{% endmacro %}{% set a.f = f %}{% endfor %}"
      "{% set a.x = a.f %}{{ 'done' }}");
  REQUIRE(text);
  CHECK(*text == "done");
}
