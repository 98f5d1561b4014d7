// How a leaderboard is written down, in each of its formats.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/grid.h"
#include "reports/leaderboard.h"
#include "reports/xml.h"

namespace proctor::reports {
namespace {

using Kind = LeaderboardColumn::Kind;
using nlohmann::ordered_json;

// Shares in percent and errors in points, with a digit more; ratings are whole.
std::string figure(const LeaderboardColumn& column, double value, int digits) {
  if (std::isnan(value)) return "-";
  return column.kind == Kind::rating ? fmt::format("{:.0f}", value)
                                     : fmt::format("{:.{}f}", 100 * value, digits);
}

std::string cell_text(const LeaderboardColumn& column, const std::optional<LeaderboardCell>& cell) {
  if (!cell) return "-";
  std::string text = figure(column, cell->value, 1);
  if (!std::isnan(cell->error_questions)) {
    text += " ± " + figure(column, cell->error_questions, 2);
  }
  if (!std::isnan(cell->error_samples)) text += " / " + figure(column, cell->error_samples, 2);
  return cell->marks.empty() ? text : text + " " + cell->marks;
}

std::string model_text(const LeaderboardRow& row) {
  return row.measured ? row.model : row.model + " (reported)";
}

Grid grid_of(const Leaderboard& table) {
  Grid grid = {{"model"}};
  for (const LeaderboardColumn& column : table.columns) grid[0].push_back(column.title);
  for (const LeaderboardRow& row : table.rows) {
    grid.push_back({model_text(row)});
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      grid.back().push_back(cell_text(table.columns[i], row.cells[i]));
    }
  }
  return grid;
}

std::vector<std::string> notes_of(const Leaderboard& table) {
  std::vector<std::string> notes = {
      "percent; ± standard error over questions like these / over other samples of these "
      "questions; "
      "of a rating, over contests"};
  const bool partial =
      std::any_of(table.rows.begin(), table.rows.end(), [](const LeaderboardRow& row) {
        return std::any_of(row.cells.begin(), row.cells.end(),
                           [](const auto& cell) { return cell && cell->marks.starts_with("*"); });
      });
  if (partial) notes.push_back("* over the samples that were decided; some are missing");
  notes.insert(notes.end(), table.notes.begin(), table.notes.end());
  for (const LeaderboardRow& row : table.rows) {
    for (const std::string& run : row.runs) notes.push_back(row.model + ": " + run);
  }
  return notes;
}

std::string with_notes(const Leaderboard& table, std::string text, std::string_view before) {
  for (const std::string& note : notes_of(table)) text += std::string(before) + note + "\n";
  return text;
}

// A line break in a note would end a LaTeX comment.
std::string latex(const Leaderboard& table) {
  std::string text;
  for (const std::string& note : notes_of(table)) {
    std::string line = note;
    std::replace(line.begin(), line.end(), '\n', ' ');
    text += "% " + line + "\n";
  }
  return text + draw_latex(grid_of(table));
}

std::string html(const Leaderboard& table) {
  std::string text =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<title>proctor: leaderboard</title>\n<style>\n"
      ":root { color-scheme: light dark; font-family: sans-serif; }\n"
      "table { border-collapse: collapse; font-variant-numeric: tabular-nums; }\n"
      "th, td { padding: 0.3em 0.8em; text-align: right; border-bottom: 1px solid #8884; }\n"
      "th:first-child, td:first-child { text-align: left; }\n"
      "</style>\n</head>\n<body>\n<h1>Leaderboard</h1>\n";
  text += draw_html(grid_of(table)) + "<ul>\n";
  for (const std::string& note : notes_of(table)) text += "<li>" + xml_escape(note) + "</li>\n";
  return text + "</ul>\n</body>\n</html>\n";
}

// A row a cell: figures as numbers, shares instead of percent.
std::string csv(const Leaderboard& table) {
  const auto number = [](double value) {
    return std::isnan(value) ? std::string() : fmt::format("{}", value);
  };
  Grid grid = {{"model", "measured", "column", "task", "value",
                "standard_error_questions_like_these", "standard_error_these_questions", "marks"}};
  for (const LeaderboardRow& row : table.rows) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const std::optional<LeaderboardCell>& cell = row.cells[i];
      if (!cell) continue;
      grid.push_back({row.model, row.measured ? "yes" : "no", table.columns[i].title,
                      table.columns[i].task, number(cell->value), number(cell->error_questions),
                      number(cell->error_samples), cell->marks});
    }
  }
  return draw_csv(grid);
}

ordered_json number(double value) {
  return std::isnan(value) ? ordered_json() : ordered_json(value);
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::pass_1:
      return "pass@1";
    case Kind::consensus:
      return "consensus";
    case Kind::rating:
      return "rating";
  }
  return {};
}

std::string json(const Leaderboard& table) {
  ordered_json columns = ordered_json::array();
  for (const LeaderboardColumn& column : table.columns) {
    columns.push_back(
        {{"title", column.title}, {"task", column.task}, {"kind", name_of(column.kind)}});
    if (!column.method.empty()) columns.back()["method"] = column.method;
  }
  ordered_json rows = ordered_json::array();
  for (const LeaderboardRow& row : table.rows) {
    ordered_json cells = ordered_json::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const std::optional<LeaderboardCell>& cell = row.cells[i];
      if (!cell) continue;
      cells[table.columns[i].title] = {
          {"value", number(cell->value)},
          {"standard_error_questions_like_these", number(cell->error_questions)},
          {"standard_error_these_questions", number(cell->error_samples)},
          {"marks", cell->marks}};
    }
    rows.push_back({{"model", row.model},
                    {"measured", row.measured},
                    {"runs", row.runs},
                    {"cells", std::move(cells)}});
  }
  const ordered_json object = {{"columns", columns}, {"rows", rows}, {"notes", table.notes}};
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::optional<LeaderboardFormat> leaderboard_format_named(std::string_view name) {
  constexpr std::pair<std::string_view, LeaderboardFormat> kFormats[] = {
      {"table", LeaderboardFormat::table}, {"markdown", LeaderboardFormat::markdown},
      {"html", LeaderboardFormat::html},   {"csv", LeaderboardFormat::csv},
      {"latex", LeaderboardFormat::latex}, {"json", LeaderboardFormat::json}};
  for (const auto& [known, format] : kFormats) {
    if (known == name) return format;
  }
  return std::nullopt;
}

std::string format_leaderboard(const Leaderboard& table, LeaderboardFormat format) {
  switch (format) {
    case LeaderboardFormat::table:
      return with_notes(table, draw_table(grid_of(table)) + "\n", "");
    case LeaderboardFormat::markdown:
      return with_notes(table, draw_markdown(grid_of(table)) + "\n", "- ");
    case LeaderboardFormat::html:
      return html(table);
    case LeaderboardFormat::csv:
      return csv(table);
    case LeaderboardFormat::latex:
      return latex(table);
    case LeaderboardFormat::json:
      return json(table);
  }
  return {};
}

}  // namespace proctor::reports
