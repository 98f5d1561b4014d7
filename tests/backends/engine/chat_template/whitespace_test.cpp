#include <doctest/doctest.h>

#include "tests/backends/engine/chat_template/template_rows.h"

using proctor::engine::check_rows;

// What jinja2 3.1.6 prints for each, with the variables of template_rows.h. tests/peers holds the
// program that compares many more.

TEST_CASE("a block takes its line with it") {
  check_rows({
      {"a\n{% if true %}\nb\n{% endif %}\nc\n", "a\nb\nc"},
      {"  {% if true %}  \n x\n  {% endif %}\n y", "  \n x\n y"},
      {"a {% if true %} b {% endif %} c", "a  b  c"},
      {"\t{% set x = 1 %}\n{{ x }}\n\n", "1\n"},
      {"{% if true %}\n\n\nx{% endif %}\n\n", "\n\nx"},
      {"a\n  {# c #}\nb", "a\nb"},
      {"x {# c #}\n y", "x  y"},
      {"{{ n }}\n  {% if true %}\n{{ n }}\n  {% endif %}\n", "7\n7\n"},
      {"{{ n }}  {% if true %}x{% endif %}", "7  x"},
  });
}

TEST_CASE("minus signs take all white space and plus signs keep it") {
  check_rows({
      {"a \n {%- if true -%} \n b \n {%- endif -%} \n c", "abc"},
      {"a \n {{- n -}} \n b", "a7b"},
      {"a\n  {%+ if true %}\nb{% endif %}", "a\n  b"},
      {"a\n{% if true +%}\nb{% endif %}", "a\n\nb"},
      {"a {#- c -#} b {# c +#}\n d", "ab \n d"},
      {"a {{- n -}} b", "a7b"},
      {"{%- if true %} x {% endif -%}\n", " x "},
      {" {%- raw -%} a {% endraw %}\n b", "a  b"},
      {"{% raw %}\n a\n  {% endraw %}\n b", "\n a\n b"},
      {"a\n  {%- raw %} x {%- endraw -%}  b", "a xb"},
  });
}

TEST_CASE("line ends and the last one") {
  check_rows({
      {"a\r\nb\rc\n", "a\nb\nc"},
      {"a\n\n", "a\n"},
      {"\n", ""},
      {"{{ n }}\n", "7"},
      {"{% if true %}\r\nx\r\n{% endif %}\r\n", "x\n"},
      {"{{ 'a\r\nb' }}", "a\nb"},
  });
}
