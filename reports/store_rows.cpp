#include "reports/store_rows.h"

#include <fmt/core.h>

#include <utility>

namespace proctor::reports {
namespace {

std::optional<ReplyTraits> read_traits(const Statement& row, int column) {
  const std::optional<std::int64_t> hash = row.optional_integer(column);
  if (!hash) return std::nullopt;
  return ReplyTraits{static_cast<std::uint64_t>(*hash), row.integer(column + 1),
                     row.integer(column + 2),           row.integer(column + 3),
                     row.integer(column + 4) != 0,      row.integer(column + 5) != 0};
}

}  // namespace

bool misplaced(const Statement& row) {
  return row.integer(2) != row.integer(4) || row.integer(3) != row.integer(5) ||
         row.integer(6) == 0 || row.integer(1) < 0;
}

std::optional<std::string_view> read_result(const Statement& row, SampleResult& result) {
  result = SampleResult();
  result.id = row.integer(0);
  if (misplaced(row)) return "place in the grid";
  result.task = static_cast<std::int32_t>(row.integer(1));
  result.question = static_cast<std::int32_t>(row.integer(2));
  result.repeat = static_cast<std::int32_t>(row.integer(3));
  const std::optional<SampleState> state = sample_state_named(row.text(7));
  if (!state) return "state";
  result.state = *state;
  result.reason = row.text(8);
  result.attempts = static_cast<int>(row.integer(9));
  result.finish = finish_reason_named(row.text(10));
  result.usage = {row.optional_integer(11), row.optional_integer(12), row.optional_integer(13),
                  row.optional_integer(14)};
  const bool replied = result.state == SampleState::generated ||
                       result.state == SampleState::ungraded || result.state == SampleState::scored;
  if (replied && !result.finish) return "finish reason";
  result.first_token_ms = row.integer(20);
  result.total_ms = row.integer(21);
  result.traits = read_traits(row, 22);
  result.from_cache = !row.is_null(28);
  if (result.state != SampleState::scored) return std::nullopt;
  result.verdict = verdict_named(row.text(15));
  if (!result.verdict) return "verdict";
  const std::optional<Thinking> thinking = thinking_named(row.text(16));
  if (!thinking) return "thinking";
  result.thinking = *thinking;
  result.canonical = row.text(17);
  const std::optional<std::int64_t> begin = row.optional_integer(18);
  const std::optional<std::int64_t> end = row.optional_integer(19);
  if (begin && end) {
    if (*begin < 0 || *end < *begin) return "span of the answer";
    result.span = Span{static_cast<std::size_t>(*begin), static_cast<std::size_t>(*end)};
  }
  return std::nullopt;
}

Result<Generation> read_reply(const Statement& row, int column, const Compressor& compressor) {
  Generation reply;
  const std::optional<FinishReason> finish = finish_reason_named(row.text(column));
  if (!finish) return Error(ErrorCode::corrupt, "unknown finish reason");
  reply.finish = *finish;
  reply.usage = {row.optional_integer(column + 1), row.optional_integer(column + 2),
                 row.optional_integer(column + 3), row.optional_integer(column + 4)};
  reply.first_token_ms = row.integer(column + 5);
  reply.total_ms = row.integer(column + 6);
  reply.served_by = row.text(column + 7);
  Result<std::string> text = compressor.decompress(row.blob(column + 8));
  if (!text) return text.error();
  reply.text = std::move(*text);
  if (!row.blob(column + 9).empty()) {
    Result<std::string> reasoning = compressor.decompress(row.blob(column + 9));
    if (!reasoning) return reasoning.error();
    reply.reasoning = std::move(*reasoning);
  }
  return reply;
}

Error damaged_row(const std::filesystem::path& file, std::int64_t sample, std::string_view what) {
  return Error(ErrorCode::corrupt,
               fmt::format("{}: sample {}: damaged {}", file.string(), sample, what));
}

}  // namespace proctor::reports
