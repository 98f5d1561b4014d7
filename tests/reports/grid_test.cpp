#include "reports/grid.h"

#include <doctest/doctest.h>

#include <string>

#include "reports/junit.h"
#include "reports/xml.h"

namespace proctor::reports {
namespace {

TEST_CASE("a grid becomes a LaTeX tabular with its special characters tamed") {
  const Grid grid = {{"model", "AIME %"}, {"o1_mini & co", "63.6 ± 1"}, {"a\\b{c}~^#$", "<5"}};
  CHECK(draw_latex(grid) ==
        "\\begin{tabular}{lr}\n\\hline\n"
        "model & AIME \\% \\\\\n\\hline\n"
        "o1\\_mini \\& co & 63.6 $\\pm$ 1 \\\\\n"
        "a\\textbackslash{}b\\{c\\}\\textasciitilde{}\\textasciicircum{}\\#\\$ & $<$5 \\\\\n"
        "\\hline\n\\end{tabular}\n");
}

TEST_CASE("a grid becomes an HTML table whose cells cannot break out") {
  const Grid grid = {{"model", "n"}, {"<script>\"&'", "1"}};
  CHECK(draw_html(grid) ==
        "<table>\n<thead>\n<tr><th>model</th><th>n</th></tr>\n</thead>\n<tbody>\n"
        "<tr><td>&lt;script&gt;&quot;&amp;&#39;</td><td>1</td></tr>\n</tbody>\n</table>\n");
}

TEST_CASE("text for XML holds nothing that XML forbids") {
  struct Row {
    std::string text;
    const char* escaped;
  };
  const Row kRows[] = {
      {"a<b> & \"c\" 'd'", "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;"},
      {"tab\tline\n", "tab\tline\n"},
      {std::string("nul\0bell\a", 9),
       "nul\xEF\xBF\xBD"
       "bell\xEF\xBF\xBD"},
      {"süß 猫 \xF0\x9F\x90\x88", "süß 猫 \xF0\x9F\x90\x88"},
      {"cut \xC3", "cut \xEF\xBF\xBD"},
      {"alone \xBC.", "alone \xEF\xBF\xBD."},
      {"long \xC0\x80.", "long \xEF\xBF\xBD\xEF\xBF\xBD."},
      {"half \xED\xA0\x80.", "half \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD."},
      {"none \xEF\xBF\xBE.", "none \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD."},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.escaped);
    CHECK(xml_escape(row.text) == row.escaped);
  }
}

TEST_CASE("JUnit counts its cases by outcome and says why") {
  JunitSuite suite{.name = "compare", .properties = {{"base", "run <1>"}}};
  suite.cases = {{.name = "a", .output = "all well"},
                 {.name = "b", .outcome = JunitCase::Outcome::failed, .message = "a drop"},
                 {.name = "c", .outcome = JunitCase::Outcome::broken, .message = "missing"},
                 {.name = "d", .outcome = JunitCase::Outcome::skipped, .message = "unclear"}};
  CHECK(format_junit("proctor", std::span(&suite, 1)) ==
        R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="proctor" tests="4" failures="1" errors="1" skipped="1">
  <testsuite name="compare" tests="4" failures="1" errors="1" skipped="1">
    <properties>
      <property name="base" value="run &lt;1&gt;"/>
    </properties>
    <testcase classname="compare" name="a">
      <system-out>all well</system-out>
    </testcase>
    <testcase classname="compare" name="b">
      <failure message="a drop"/>
    </testcase>
    <testcase classname="compare" name="c">
      <error message="missing"/>
    </testcase>
    <testcase classname="compare" name="d">
      <skipped message="unclear"/>
    </testcase>
  </testsuite>
</testsuites>
)");
}

}  // namespace
}  // namespace proctor::reports
