// How samples stand in the store's rows: which columns a query takes, and what they mean.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "harness/core/result.h"
#include "reports/compress.h"
#include "reports/sqlite.h"
#include "reports/store.h"

namespace proctor::reports {

// A run's samples (the run is parameter 1), with the place in the grid that each must have by its
// id.
constexpr std::string_view kGrid =
    "(SELECT t.ordinal AS task, (s.id - t.first_sample) / t.repeats AS place, "
    "(s.id - t.first_sample) % t.repeats AS turn, "
    "t.ordinal < (SELECT count(*) FROM run_task WHERE run=?1) AS known, s.* "
    "FROM run_task t JOIN sample s ON s.id >= t.first_sample "
    "AND s.id < t.first_sample + t.samples WHERE t.run=?1 AND t.repeats > 0)";

// Seven columns that every query over the grid begins with.
constexpr std::string_view kPlaceColumns =
    "s.id, s.task, s.question, s.repeat, s.place, s.turn, s.known";
constexpr int kAfterPlace = 7;

// What follows them for a result; read from kGrid and kResultTables.
constexpr std::string_view kResultColumns =
    "s.state, coalesce(s.reason, ''), s.attempts, "
    "g.finish, g.prompt_tokens, g.completion_tokens, g.reasoning_tokens, g.cached_tokens, "
    "c.verdict, c.thinking, c.canonical, c.span_begin, c.span_end, "
    "g.first_token_ms, g.total_ms, r.hash, r.text_bytes, r.reasoning_bytes, r.thinking_bytes, "
    "r.loops, r.mixes_scripts, k.sample";
constexpr std::string_view kResultTables =
    "s LEFT JOIN generation g ON g.sample = s.id LEFT JOIN score c ON c.sample = s.id "
    "LEFT JOIN reply_traits r ON r.sample = s.id "
    "LEFT JOIN cached_reply k ON k.sample = s.id";
constexpr int kAfterResult = kAfterPlace + 22;

// A reply, from `generation` as g.
constexpr std::string_view kReplyColumns =
    "g.finish, g.prompt_tokens, g.completion_tokens, g.reasoning_tokens, g.cached_tokens, "
    "g.first_token_ms, g.total_ms, g.served_by, g.text, g.reasoning";

// Whether a row of kPlaceColumns is not where its id says. Bytes may flip in a file; an index from
// it is not to be believed.
bool misplaced(const Statement& row);

// Fills `result` from a row of kPlaceColumns and kResultColumns; the name of the damaged field, or
// nothing.
std::optional<std::string_view> read_result(const Statement& row, SampleResult& result);

// The reply in the columns of kReplyColumns, the first of which is `column`. Errors: corrupt.
Result<Generation> read_reply(const Statement& row, int column, const Compressor& compressor);

Error damaged_row(const std::filesystem::path& file, std::int64_t sample, std::string_view what);

}  // namespace proctor::reports
