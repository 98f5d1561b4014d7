#include "reports/grid.h"

#include <algorithm>
#include <string_view>

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

}  // namespace proctor::reports
