// The benchmarks with what is private to this folder: how their files look, how answers normalise.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "tasks/rows_beside.h"
#include "tasks/schema.h"
#include "tasks/task.h"

namespace proctor::tasks {

// What a row must obey that its schema cannot say. The error names the field.
using RowRule = Result<void> (*)(const nlohmann::json& row);
// The tests of a row's programs as load_tests() gives them. The error names the field.
using TestsRule = Result<std::string> (*)(const nlohmann::json& row, const RowsBeside& beside);
// Makes the question's text of several fields, and attributes that take more than copying one. The
// error names the field.
using DescribeRule = Result<void> (*)(const nlohmann::json& row, const RowsBeside& beside,
                                      Question& question);
// The name of the release whose files have these numbers of rows, in order; "" if there is none.
using ReleaseRule = std::string (*)(std::span<const std::size_t> rows_of_files);
// select_questions() without the hash.
using SelectRule = Result<void> (*)(const Selection& selection, Dataset& dataset);

struct Benchmark {
  Task task;
  std::span<const Schema> schemas;
  AnswerRule normal_answer;
  const std::string_view* embedded;  // upstream rows within the program; null: users import them
  RowRule check_row{};               // null: any row will do
  TestsRule tests{};      // null: answers are values. Else an answer is its tests' SHA-256
  ReleaseRule release{};  // null: there is one release
  SelectRule select{};    // null: runs ask all questions
  std::span<const PromptStyle> prompts{};  // by name; none: protocols have the only one
  DescribeRule describe{};       // null: the text is one field's, and attributes are copied
  const BesideSchema* beside{};  // null: all files are the dataset's own
  bool may_repeat{};             // one question may have several ids: contests share problems
};

// Stops the program if the task is not one of all_tasks().
const Benchmark& benchmark_of(const Task& task);

}  // namespace proctor::tasks
