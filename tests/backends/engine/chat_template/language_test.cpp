#include <doctest/doctest.h>

#include "tests/backends/engine/chat_template/template_rows.h"

using proctor::engine::check_rows;

// What jinja2 3.1.6 prints for each, with the variables of template_rows.h. tests/peers holds the
// program that compares many more.

TEST_CASE("arithmetic follows Python") {
  check_rows({
      {"{{ 7 + 2 }} {{ 7 - 9 }} {{ 2 * 3.5 }}", "9 -2 7.0"},
      {"{{ 7 / 2 }} {{ 6 / 2 }}", "3.5 3.0"},
      {"{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 // -2 }} {{ 7.5 // 2 }}", "3 -4 -4 3.0"},
      {"{{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ -7.5 % 2 }}", "1 2 -2 0.5"},
      {"{{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }}", "1024 0.5 64 4"},
      {"{{ yes + 1 }} {{ +yes }} {{ -n }}", "2 1 -7"},
      {"{{ 'ab' * 3 }}{{ 2 * 'c' }}{{ 'x' * -1 }}{{ [1] * 2 }}", "abababcc[1, 1]"},
      {"{{ [1] + [2] }} {{ (1,) + (2,) }}", "[1, 2] (1, 2)"},
      {"{{ 1 ~ 'a' ~ none ~ 2.0 }}", "1aNone2.0"},
      {"{{ 0x1F + 0b11 + 0o17 + 1_000 }}", "1049"},
      {"{{ 1e3 }} {{ 1.5e-7 }} {{ 1e16 }} {{ 123456789012345.0 }} {{ 0.1 + 0.2 }} {{ 1e22 }}",
       "1000.0 1.5e-07 1e+16 123456789012345.0 0.30000000000000004 1e+22"},
  });
}

TEST_CASE("comparisons chain and order like Python") {
  check_rows({
      {"{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 == true }}", "True False True"},
      {"{{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ [1] < [1, 0] }}", "True True True"},
      {"{{ 'a' == 1 }} {{ 'a' != 1 }} {{ none == none }} {{ [] == () }}", "False True True False"},
      {"{{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }} {{ range(3) == range(0, 3, 1) }}", "True True"},
      {"{{ 2 in l }} {{ 9 not in l }} {{ 'ell' in s }} {{ 'a' in d }} {{ 'two' in d }}",
       "True True True True False"},
      {"{{ 1 in missing }} {{ missing == missing }} {{ missing == none }}", "False True False"},
      {"{{ 1 <= 1 }} {{ 2 >= 3 }} {{ 2 > 1 }}", "True False True"},
  });
}

TEST_CASE("and, or and if choose values") {
  check_rows({
      {"{{ 0 or 'x' }} {{ 'y' and 'z' }} {{ [] and 1 }} {{ not '' }}", "x z [] True"},
      {"{{ 'a' if n > 3 else 'b' }}|{{ 'a' if n > 9 }}|", "a||"},
      {"{{ 1 if 0 else 2 if 0 else 3 }}", "3"},
      {"{{ not n == 7 }} {{ not (n == 7) or yes }}", "False True"},
  });
}

TEST_CASE("values print as Python prints them") {
  check_rows({
      {"{{ true }} {{ none }} {{ 1.0 }} {{ f }}", "True None 1.0 2.5"},
      {R"t({{ ['a', "it's", 'q"', '\n\t\\'] }})t", R"t(['a', "it's", 'q"', '\n\t\\'])t"},
      {"{{ (1,) }} {{ () }} {{ (1, 'a') }} {{ [] }} {{ {} }}", "(1,) () (1, 'a') [] {}"},
      {"{{ d }} {{ {1: none, 'x': [true]} }}", "{'a': 1, 'b': 'two'} {1: None, 'x': [True]}"},
      {R"t({{ [u, '\u00a0', '\x07', '\u200b'] }})t",
       R"t(['añ日🙂', '\xa0', '\x07', '\u200b'])t"},
      {"{{ d.keys() }} {{ d.values() }} {{ d.items() }}",
       "dict_keys(['a', 'b']) dict_values([1, 'two']) dict_items([('a', 1), ('b', 'two')])"},
      {"{{ range(3) }} {{ range(1, 9, 3) }}", "range(0, 3) range(1, 9, 3)"},
      {"{{ missing }}|{{ d.zzz }}|{{ l[9] }}", "||"},
      {"{{ namespace(a=1, b='x') }}", "<Namespace {'a': 1, 'b': 'x'}>"},
      {"{{ 1e400 }} {{ -1e400 }}", "inf -inf"},
  });
}

TEST_CASE("strings know their escapes") {
  check_rows({
      {R"t({{ 'a\nb' }}{{ "\x41\u00e9\U0001F642\101" }})t", "a\nbAé🙂A"},
      {R"t({{ 'a' 'b' "c" }})t", "abc"},
      {R"t({{ 'it\'s' }} {{ "\"" }} {{ '\q' }})t", R"t(it's " \q)t"},
      {"{{ 'a\\\nb' }}", "ab"},
  });
}

TEST_CASE("subscripts and slices follow Python") {
  check_rows({
      {"{{ l[0] }} {{ l[-1] }} {{ l[true] }}", "3 2 1"},
      {"{{ l[1:] }} {{ l[:-1] }} {{ l[::-1] }} {{ l[::2] }} {{ l[5:] }}",
       "[1, 2] [3, 1] [2, 1, 3] [3, 2] []"},
      {"{{ s[0] }}{{ s[-1] }}{{ s[7:] }}{{ s[::-1] }}{{ s[:5:2] }}", "HdWorlddlroW ,olleHHlo"},
      {"{{ u[1] }}{{ u[2:] }}{{ u[::-1] }}{{ u|length }}", "ñ日🙂🙂日ña4"},
      {"{{ range(9)[2:7:2] }} {{ range(9)[::-1] }} {{ range(9)[3] }}",
       "range(2, 7, 2) range(8, -1, -1) 3"},
      {"{{ (1, 2, 3)[1:] }} {{ l[none:2] }} {{ l[-9:9] }} {{ l[2:0:-1] }}",
       "(2, 3) [3, 1] [3, 1, 2] [2, 1]"},
      {"{{ d['a'] }} {{ d.a }} {{ m.0.k }} {{ d['zz'] }}|", "1 1 2 |"},
      {"{{ d.items is defined }} {{ d['items'] is defined }} {{ {'items': 1}.items is callable }} "
       "{{ {'items': 1}['items'] }}",
       "True True True 1"},
  });
}

TEST_CASE("methods of strings") {
  check_rows({
      {"{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} {{ 'a b "
       "c'.rsplit(' ', 1) }} {{ 'a b c'.split(none, 1) }}",
       "['a', 'b', '', 'c'] ['a', 'b'] ['a', 'b c'] ['a b', 'c'] ['a', 'b c']"},
      {R"t({{ '  x '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ '\n\na\n'.lstrip('\n') }}|{{ 'a\n\n'.rstrip('\n') }}|)t",
       "x|a|a\n|a|"},
      {R"t({{ '\u00a0x\u2003'.strip() }}|)t", "x|"},
      {"{{ s.startswith('Hell') }} {{ s.startswith(('x', 'H')) }} {{ s.endswith('d') }} {{ "
       "s.startswith('ello', 1) }}",
       "True True True True"},
      {R"t({{ s.upper() }} {{ s.lower() }} {{ 'hello wORLD it\'s'.title() }} {{ 'hELLO'.capitalize() }} {{ 'straße é Ж'.upper() }})t",
       "HELLO, WORLD hello, world Hello World It'S Hello STRASSE É Ж"},
      {"{{ s.replace('l', 'L') }} {{ s.replace('l', 'L', 1) }} {{ 'ab'.replace('', '-') }}",
       "HeLLo, WorLd HeLlo, World -a-b-"},
      {"{{ ', '.join(['a', 'b']) }} {{ '-'.join('abc') }}", "a, b a-b-c"},
      {"{{ s.find('o') }} {{ s.rfind('o') }} {{ s.find('z') }} {{ s.count('l') }} {{ s.index('W') "
       "}} {{ u.find('日') }}",
       "4 8 -1 3 7 2"},
      {R"t({{ 'a\nb\r\nc'.splitlines() }} {{ 'a\n'.splitlines(true) }})t",
       R"t(['a', 'b', 'c'] ['a\n'])t"},
      {"{{ 'a=b=c'.partition('=') }} {{ 'a=b=c'.rpartition('=') }} {{ 'ab'.removeprefix('a') }} {{ "
       "'ab'.removesuffix('b') }}",
       "('a', '=', 'b=c') ('a=b', '=', 'c') b a"},
      {"{{ '12'.isdigit() }} {{ 'ab1'.isalnum() }} {{ 'ab'.isalpha() }} {{ ' '.isspace() }} {{ "
       "'AB'.isupper() }} {{ 'a1'.islower() }}",
       "True True True True True True"},
      {"{{ '{} {}'.format(1, 'a') }} {{ '{0}{1}{0}'.format('x', 'y') }} {{ '{a[b]} "
       "{c!r:>5}|{{}}'.format(a={'b': 2}, c='q') }} {{ '{:.2f}'.format(3.14159) }} {{ "
       "'{:^7}|{:*<4}'.format('ab', 3) }}",
       "1 a xyx 2   'q'|{} 3.14   ab   |3***"},
      {"{{ '%s=%d %r %5.2f%%' % ('a', 3, 'b', 2.345) }} {{ '%(x)s' % {'x': 1} }} {{ "
       "'%05d|%-4s|%+d|%x' % (42, 'a', 5, 255) }}",
       "a=3 'b'  2.35% 1 00042|a   |+5|ff"},
  });
}

TEST_CASE("methods of dicts and lists") {
  check_rows({
      {"{{ d.get('a') }} {{ d.get('zz') }} {{ d.get('zz', 5) }}", "1 None 5"},
      {"{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "a=1;b=two;"},
      {"{{ d.keys() | list }} {{ d.values() | list }} {{ d.copy() }}",
       "['a', 'b'] [1, 'two'] {'a': 1, 'b': 'two'}"},
      {"{{ l.index(1) }} {{ l.count(3) }} {{ l.copy() }}", "1 1 [3, 1, 2]"},
      {"{{ l.append is defined }} {{ d.update is defined }}|{{ l.append }}|", "False False||"},
  });
}

TEST_CASE("filters") {
  check_rows({
      {"{{ ' x ' | trim }}|{{ 'xax' | trim('x') }}|{{ 5 | trim }}", "x|a|5"},
      {"{{ s | upper }} {{ s | lower }} {{ 'hello my-world (x)' | title }} {{ 'aB' | capitalize }}",
       "HELLO, WORLD hello, world Hello My-World (X) Ab"},
      {"{{ u | length }} {{ d | count }} {{ missing | length }}", "4 2 0"},
      {"{{ l | join }} {{ l | join(', ') }} {{ m | join('-', attribute='k') }}",
       "312 3, 1, 2 2-1-"},
      {"{{ l | first }} {{ l | last }} {{ [] | first }}|{{ 'abc' | last }}", "3 2 |c"},
      {"{{ missing | default('D') }} {{ '' | default('D') }} {{ '' | default('D', true) }} {{ nil "
       "| d('D') }}",
       "D  D None"},
      {"{{ l | sort }} {{ w | sort }} {{ w | sort(case_sensitive=true) }} {{ l | "
       "sort(reverse=true) }}",
       "[1, 2, 3] ['a', 'b', 'C'] ['C', 'a', 'b'] [3, 2, 1]"},
      {"{{ [{'a': 2, 'b': 1}, {'a': 1, 'b': 2}] | sort(attribute='a') }} {{ [{'a': 1, 'b': 2}, "
       "{'a': 1, 'b': 1}] | sort(attribute='a,b') }}",
       "[{'a': 1, 'b': 2}, {'a': 2, 'b': 1}] [{'a': 1, 'b': 1}, {'a': 1, 'b': 2}]"},
      {"{{ m | map(attribute='k') | list }} {{ m | map(attribute='k', default=0) | list }} {{ w | "
       "map('upper') | list }} {{ m | map(attribute='zz') | list | length }}",
       "[2, 1, Undefined] [2, 1, 0] ['B', 'A', 'C'] 3"},
      {"{{ m | selectattr('k') | list }} {{ m | selectattr('k', 'defined') | list | length }} {{ m "
       "| selectattr('k', 'equalto', 1) | list }} {{ m | rejectattr('g') | list }}",
       "[{'k': 2, 'g': 'x'}, {'k': 1}] 2 [{'k': 1}] [{'k': 1}]"},
      {"{{ [1, 2, 3] | select('odd') | list }} {{ [1, 0, 2] | reject | list }} {{ l | select('>', "
       "1) | list }}",
       "[1, 3] [0] [3, 2]"},
      {"{{ d | items | list }} {{ {'b': 1, 'A': 2} | dictsort }} {{ {'b': 1, 'a': 2} | "
       "dictsort(by='value', reverse=true) }}",
       "[('a', 1), ('b', 'two')] [('A', 2), ('b', 1)] [('a', 2), ('b', 1)]"},
      {"{{ ['a', 'A', 'b'] | unique | list }} {{ ['a', 'A'] | unique(true) | list }}",
       "['a', 'b'] ['a', 'A']"},
      {"{{ l | min }} {{ l | max }} {{ l | sum }} {{ m | sum(attribute='k') if false else 0 }} {{ "
       "-3 | abs }} {{ (-3) | abs }}",
       "1 3 6 0 3 3"},
      {"{{ 'abc' | reverse }} {{ l | reverse | list }} {{ 'abc' | list }}",
       "cba [2, 1, 3] ['a', 'b', 'c']"},
      {"{{ '42' | int }} {{ '42.9' | int }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ 2.9 | int }} {{ "
       "'ff' | int(0, 16) }} {{ nil | int }} {{ '1.5' | float }} {{ 'x' | float }}",
       "42 42 0 7 2 255 0 1.5 0.0"},
      {"{{ 1 | string ~ 'a' }} {{ 'a' | replace('a', 'b') }} {{ 5 | replace(5, 6) }}", "1a b 6"},
      {R"t({{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent('> ', blank=true) }})t",
       "a\n    b\n\n    c|  a\n  b|a\n> \n> b"},
      {"{{ '%s-%s' | format('a', 1) }} {{ '%(a)s' | format(a=2) }}", "a-1 2"},
      {"{{ '<b>' | safe }} {{ '<b>' | e }} {{ ('<i>' | safe) + '<b>' }} {{ '<' ~ ('<b>' | safe) }}",
       "<b> &lt;b&gt; <i>&lt;b&gt; <<b>"},
  });
}

TEST_CASE("tojson writes what json.dumps writes") {
  check_rows({
      {"{{ d | tojson }}", R"t({"a": 1, "b": "two"})t"},
      {R"t({{ {'a': [1, 2.0, none, true], 'é': '"\\\n\x01</script>'} | tojson }})t",
       R"t({"a": [1, 2.0, null, true], "é": "\"\\\n\u0001</script>"})t"},
      {"{{ {'b': 1, 'a': {'c': []}} | tojson(indent=2) }}",
       "{\n  \"b\": 1,\n  \"a\": {\n    \"c\": []\n  }\n}"},
      {"{{ [1, [2, {}]] | tojson(indent=1) }}", "[\n 1,\n [\n  2,\n  {}\n ]\n]"},
      {"{{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }} {{ [1, 2] | tojson(separators=(',', ':')) "
       "}}",
       R"t({"a": 2, "b": 1} [1,2])t"},
      {R"t({{ 'é🙂' | tojson(ensure_ascii=true) }} {{ 'é🙂\x7f' | tojson }})t",
       R"t("\u00e9\ud83d\ude42" "é🙂")t"},
      {"{{ {1: 'a', none: 'b', true: 'c', 1.5: 'd'} | tojson }} {{ (1, 2) | tojson }} {{ 1e400 | "
       "tojson }}",
       R"t({"1": "c", "null": "b", "1.5": "d"} [1, 2] Infinity)t"},
  });
}

TEST_CASE("tests") {
  check_rows({
      {"{{ n is defined }} {{ missing is defined }} {{ missing is undefined }} {{ nil is none }} "
       "{{ n is not none }}",
       "True False True True True"},
      {"{{ s is string }} {{ d is mapping }} {{ l is mapping }} {{ l is iterable }} {{ n is "
       "iterable }} {{ s is sequence }} {{ d.items() is sequence }}",
       "True True False True False True False"},
      {"{{ n is number }} {{ f is number }} {{ yes is number }} {{ n is integer }} {{ yes is "
       "integer }} {{ f is float }} {{ yes is boolean }} {{ 1 is true }} {{ yes is true }} {{ "
       "false is false }}",
       "True True True True False True True False True True"},
      {"{{ n is odd }} {{ n is even }} {{ n is divisibleby 7 }} {{ n is divisibleby(2) }}",
       "True False True False"},
      {"{{ n is equalto 7 }} {{ n is eq(8) }} {{ n is in [7] }} {{ n is gt 3 }} {{ n is lessthan 3 "
       "}} {{ n is ge(7) }}",
       "True False True True False True"},
      {"{{ 'a' is lower }} {{ 'a' is upper }} {{ range is callable }} {{ yes is sameas true }} {{ "
       "nil is sameas false }}",
       "True False True True False"},
      {"{{ not n is none }} {{ n is not none and yes }} {{ 1 if n is odd else 2 }}", "True True 1"},
  });
}

TEST_CASE("generators are true and run once") {
  check_rows({
      {"{% set g = m | selectattr('zz') %}{{ 'yes' if g else 'no' }} {{ g | list }}", "yes []"},
      {"{% set g = l | map('string') %}{{ g | join }}|{{ g | join }}|", "312||"},
      {"{{ (l | reverse) is sequence }} {{ (l | reverse) is iterable }}", "False True"},
      {"{% set g = w | map('upper') %}{{ g | first }}{{ g | list }}", "B['A', 'C']"},
      {"{% set g = l | map('upper') %}{% for x in g %}{{ x }}{% break %}{% endfor %}{{ g | list }}",
       "3['1', '2']"},
  });
}

TEST_CASE("loops tell where they are") {
  check_rows({
      {"{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ "
       "loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }};{% endfor %}",
       "1032TrueFalse31;2121FalseFalse31;3210FalseTrue31;"},
      {"{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }};{% endfor %}",
       "<3>1;3<1>2;1<2>;"},
      {"{% for x in l if x != 1 %}{{ x }}{{ loop.index }}{{ loop.last }}{{ loop.length }};{% "
       "endfor %}",
       "31False2;22True2;"},
      {"{% for x in [] %}x{% else %}none{% endfor %}|{% for x in [1] %}x{% else %}none{% endfor %}",
       "none|x"},
      {"{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}|{% for x in l "
       "%}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
       "32|3"},
      {"{% for x in [1, 2] %}{% continue %}{% else %}else{% endfor %}|{% for x in [1] %}{% break "
       "%}{% else %}else{% endfor %}",
       "else|else"},
      {"{% for a, b in [(1, 2), 'xy'] %}{{ a }}{{ b }};{% endfor %}{% for (a, b), c in [([1, 2], "
       "3)] %}{{ a + b + c }}{% endfor %}",
       "12;xy;6"},
      {"{% for c in u %}{{ c }}.{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for x in missing "
       "%}x{% endfor %}",
       "a.ñ.日.🙂.ab"},
      {"{% for x in 'aab' %}{{ loop.cycle('+', '-') }}{{ loop.changed(x) }}{% endfor %}",
       "+True-False+True"},
      {"{% for x in [1, 2] %}{% for y in [1, 2] %}{{ loop.index }}{% endfor %}{{ loop.index }};{% "
       "endfor %}",
       "121;122;"},
      {"{% set ns = namespace(top=0) %}{% for x in [1, 3, 2, 5] if x > ns.top %}{% set ns.top = x "
       "%}{{ x }}{% endfor %}",
       "135"},
  });
}

TEST_CASE("names are scoped as in jinja2") {
  check_rows({
      {"{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}",
       "12121"},
      {"{% if yes %}{% set x = 1 %}{% endif %}{{ x }}", "1"},
      {"{% set ns = namespace(c=0) %}{% for i in l %}{% set ns.c = ns.c + i %}{% endfor %}{{ ns.c "
       "}} {{ ns['c'] }} {{ ns.zz is defined }}",
       "6 6 False"},
      {"{% for i in l %}{% endfor %}{{ i is defined }} {{ loop is defined }}", "False False"},
      {"{% set a, b = 1, [2] %}{{ a }}{{ b }}{% set ns = namespace() %}{% set ns.x, y = 'pq' %}{{ "
       "ns.x }}{{ y }}",
       "1[2]pq"},
      {"{% set x %}a{{ n }}{% set y = 2 %}{% endset %}{{ x }}{{ y is defined }}", "a7False"},
      {"{% set x | upper | replace('A', 'z') %}abc{% endset %}{{ x }}", "zBC"},
      {"{% with a = 1, b = n %}{{ a }}{{ b }}{% set c = 3 %}{% endwith %}{{ a is defined }}{{ c is "
       "defined }}",
       "17FalseFalse"},
      {"{% filter upper | trim %} ab{{ n }} {% endfilter %}", "AB7"},
      {"{% for i in [1, 2] %}{% for j in [1] %}{{ n is defined }}{% endfor %}{% set n = 1 %}{% "
       "endfor %}",
       "FalseFalse"},
      {"{% for i in [1, 2] %}{{ n }}{% set n = i %}{{ n }}{% endfor %}{{ n }}", "71727"},
      {"{% generation %}{% set x = 1 %}a{% endgeneration %}{{ x is defined }}", "aFalse"},
      {"{% set s = 'q' %}{{ s }}{% set range = 3 %}{{ range }}", "q3"},
  });
}

TEST_CASE("macros") {
  check_rows({
      {"{% macro f(a, b=2) %}{{ a }}-{{ b }};{% endmacro %}{{ f(1) }}{{ f(1, 3) }}{{ f(b=5, a=4) "
       "}}{{ f() }}",
       "1-2;1-3;4-5;-2;"},
      {"{% macro f(a, b=a) %}{{ b }}{% endmacro %}{{ f(3) }}{{ f(3, b=4) | length }}", "31"},
      {"{% macro fact(x) %}{% if x > 1 %}{{ x * (fact(x - 1) | int) }}{% else %}1{% endif %}{% "
       "endmacro %}{{ fact(10) }}",
       "3628800"},
      {"{% set y = 1 %}{% macro f() %}{{ y }}{{ z }}{% set y = 5 %}{{ y }}{% endmacro %}{% set z = "
       "2 %}{{ f() }}{{ y }}",
       "1251"},
      {"{% macro f(x) -%}\n  <{{ x }}>\n{%- endmacro %}\n{{ f('a') ~ f('b') }}", "<a><b>"},
      {"{% macro f() %}{% for i in l %}{{ i }}{% endfor %}{% endmacro %}{{ f().split('1') }} {{ f "
       "is callable }}",
       "['3', '2'] True"},
  });
}

TEST_CASE("raw blocks and comments") {
  check_rows({
      {"{% raw %}{{ x }} {% if %}{% endraw %}{# {{ n }} #}!", "{{ x }} {% if %}!"},
      {"a {#- x -#} b", "ab"},
      {"{% raw -%}  a  {%- endraw %}", "a"},
  });
}
