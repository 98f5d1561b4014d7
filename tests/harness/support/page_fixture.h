// A small store whose run has a sample of every kind, for the tests of pages.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/store.h"

namespace proctor::harness {

// What a hostile reply says: it would run if it were ever taken for markup.
inline constexpr const char* kHostileReply =
    "</script><script>window.hacked = 1</script><img src=x onerror=\"window.hacked = 2\">"
    " <!-- ${window.hacked = 3} It costs $5 and $10. The answer is 7.";

// Two tasks of one run. "aime24", 3 questions x 4: the first with votes 25, 25, 7 and the hostile
// one; the second with a reply cut while thinking, one without an answer, one failed, one ungraded;
// the third with nothing done. "gpqa", 1 question x 2, which is gated. Returns the run.
reports::RunId add_page_run(const std::filesystem::path& db);

// A run of one task with that many samples, `repeats` a question, all scored, without much text.
reports::RunId add_large_run(const std::filesystem::path& db, int questions, int repeats);

// The same with only its first sample scored.
reports::RunId add_started_run(const std::filesystem::path& db, int questions, int repeats);

}  // namespace proctor::harness
