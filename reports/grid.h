// A table of text, drawn for people and for programs. Pure.
#pragma once

#include <string>
#include <vector>

namespace proctor::reports {

// Cells by row, the first row the header; all rows as long as it.
using Grid = std::vector<std::vector<std::string>>;

// Aligned columns for a terminal, the first to the left and the others, figures, to the right.
std::string draw_table(const Grid& grid);

// GitHub's Markdown, with | escaped.
std::string draw_markdown(const Grid& grid);

std::string draw_csv(const Grid& grid);

// A LaTeX tabular that needs no package: to be \input into a table.
std::string draw_latex(const Grid& grid);

// An HTML table, without a style of its own.
std::string draw_html(const Grid& grid);

// One cell of a CSV file, quoted where it must be (RFC 4180).
std::string csv_cell(const std::string& cell);

}  // namespace proctor::reports
