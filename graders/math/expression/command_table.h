// LaTeX's commands by name, and what each means to the reader of answers. The names are those found
// in the gold answers of nine collections (reference/math_grading.md, section 2), and their kin.
#pragma once

#include <cstdint>
#include <string_view>

namespace proctor::graders::math {

// What a command does to the formula it stands in.
enum class Does : std::uint8_t {
  unknown,  // a symbol of that name

  // layout: the lexer keeps it from the reader
  nothing,         // \displaystyle, \hline, \limits
  drops_argument,  // \color{red}, \hspace{1em}
  tight_space,     // \!
  thin_space,      // \, \;
  wide_space,      // \quad
  wraps,           // \boxed, \mathbf: its argument is what counts
  left,            // \left
  right,           // \right
  text,            // \text{words}
  roman,           // \mathrm, \operatorname: a name, a unit or a constant
  begin,           // \begin{...}
  end,             // \end{...}
  opens,           // a delimiter; `means` is "{", "<", "floor", "ceil", "|" or "||"
  closes,          // its partner
  bar,             // \vert, \|, \mid: either side
  is,              // a plain character: `means`

  // atoms
  symbol,      // `means` is its name
  names,       // \angle ABC: what it names by its letters, `means`
  constant,    // pi
  infinity,    //
  empty_set,   //
  number_set,  // \mathbb{R}, or \R where `means` names it
  dots,        // \ldots
  fraction,    // \frac
  root,        // \sqrt
  binomial,    // \binom
  function,    // `means` is the name of a call
  logarithm,   // \log, which may have a base
  common_log,  // \lg
  angle_unit,  // cis: cosine plus i sine
  big,         // \sum, \prod: `means` is "sum" or "product"
  integral,    //
  limit,       //
  overline,    // a conjugate, or a repetend
  accent,      // \vec, \hat: part of a symbol's name, `means`

  // operators
  plus_minus,       // `means` is "+-" or "-+"
  times,            //
  divides,          //
  over,             // {a \over b}
  choose,           // {a \choose b}
  relates,          // `means` is the letter of expression.h's `relation`
  negates,          // \not
  joins_sets,       // `means` is "union", "intersection" or "difference"
  joins_clauses,    // `means` is "and" or "or"
  modulo,           // \bmod
  modulo_argument,  // \pmod{n}
  composes,         // \circ: composition, or as an exponent the sign of degrees
  degree,           // \degree
  prime,            //
  fails,            // what no answer that can be compared has
};

struct Command {
  std::string_view name;
  Does does = Does::unknown;
  std::string_view means = {};
};

// The row of the command of that name, without its backslash, or null. Constant time.
const Command* find_command(std::string_view name);

// Whether a run of letters without a backslash is meant as the command of that name: "sqrt", "sin",
// "pi", as people and models write in plain text. Null if it is not.
const Command* find_plain_name(std::string_view letters);

}  // namespace proctor::graders::math
