#include "reports/grid.h"

#include <algorithm>
#include <string_view>

#include "reports/xml.h"

namespace proctor::reports {
namespace {

// Characters that a terminal shows for UTF-8 text without wide or combining ones, as ours is.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<std::size_t> column_widths(const Grid& grid) {
  std::vector<std::size_t> widths(grid[0].size());
  for (const auto& row : grid) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  return widths;
}

// The first column to the left, figures to the right.
std::string pad(const std::string& cell, std::size_t width, bool left) {
  const std::string blank(width - width_of(cell), ' ');
  return left ? cell + blank : blank + cell;
}

// What LaTeX takes for more than itself, and the signs of ours that older engines lack.
constexpr std::pair<std::string_view, std::string_view> kLatex[] = {
    {"\\", "\\textbackslash{}"},
    {"&", "\\&"},
    {"%", "\\%"},
    {"$", "\\$"},
    {"#", "\\#"},
    {"_", "\\_"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"~", "\\textasciitilde{}"},
    {"^", "\\textasciicircum{}"},
    {"<", "$<$"},
    {">", "$>$"},
    {"±", "$\\pm$"},
    {"–", "--"},
    {"\n", " "},
};

std::string latex_cell(std::string_view cell) {
  std::string text;
  while (!cell.empty()) {
    const auto special = std::find_if(std::begin(kLatex), std::end(kLatex), [&](const auto& entry) {
      return cell.starts_with(entry.first);
    });
    const bool plain = special == std::end(kLatex);
    text += plain ? cell.substr(0, 1) : special->second;
    cell.remove_prefix(plain ? 1 : special->first.size());
  }
  return text;
}

}  // namespace

std::string draw_table(const Grid& grid) {
  const std::vector<std::size_t> widths = column_widths(grid);
  std::string text;
  for (std::size_t r = 0; r < grid.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      line += (i == 0 ? "" : "  ") + pad(grid[r][i], widths[i], i == 0);
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
    if (r == 0) {
      std::size_t total = 2 * (widths.size() - 1);
      for (const std::size_t width : widths) total += width;
      text += std::string(total, '-') + "\n";
    }
  }
  return text;
}

std::string draw_markdown(const Grid& grid) {
  const std::vector<std::size_t> widths = column_widths(grid);
  std::string text;
  for (std::size_t r = 0; r < grid.size(); ++r) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      std::string cell = grid[r][i];
      for (std::size_t at = 0; (at = cell.find('|', at)) != std::string::npos; at += 2) {
        cell.insert(at, "\\");
      }
      text += "| " + pad(cell, std::max(widths[i], width_of(cell)), i == 0) + " ";
    }
    text += "|\n";
    if (r != 0) continue;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += i == 0 ? "|:" + std::string(widths[i] + 1, '-')
                     : "|" + std::string(widths[i] + 1, '-') + ":";
    }
    text += "|\n";
  }
  return text;
}

std::string csv_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\n\r") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string draw_csv(const Grid& grid) {
  std::string text;
  for (const auto& row : grid) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + csv_cell(row[i]);
    text += "\n";
  }
  return text;
}

std::string draw_latex(const Grid& grid) {
  std::string text = "\\begin{tabular}{l" + std::string(grid[0].size() - 1, 'r') + "}\n\\hline\n";
  for (std::size_t r = 0; r < grid.size(); ++r) {
    for (std::size_t i = 0; i < grid[r].size(); ++i) {
      text += (i == 0 ? "" : " & ") + latex_cell(grid[r][i]);
    }
    text += r == 0 ? " \\\\\n\\hline\n" : " \\\\\n";
  }
  return text + "\\hline\n\\end{tabular}\n";
}

std::string draw_html(const Grid& grid) {
  std::string text = "<table>\n<thead>\n";
  for (std::size_t r = 0; r < grid.size(); ++r) {
    const std::string_view cell = r == 0 ? "th" : "td";
    text += "<tr>";
    for (const std::string& content : grid[r]) {
      text.append("<").append(cell).append(">").append(xml_escape(content));
      text.append("</").append(cell).append(">");
    }
    text += r == 0 ? "</tr>\n</thead>\n<tbody>\n" : "</tr>\n";
  }
  return text + "</tbody>\n</table>\n";
}

}  // namespace proctor::reports
