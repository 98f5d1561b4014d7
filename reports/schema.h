// The store's tables; their page is reports/STORE.md.
#pragma once

#include <cstdint>

namespace proctor::reports {

constexpr std::int64_t kApplicationId = 0x70726374;  // "prct", in the header of every store
constexpr std::int64_t kFormatVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE run(
  id INTEGER PRIMARY KEY,
  status TEXT NOT NULL CHECK(status IN ('open', 'complete', 'incomplete')),
  created_at TEXT NOT NULL,
  finished_at TEXT,
  model TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  seed INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  config TEXT NOT NULL,
  version TEXT NOT NULL,
  host TEXT NOT NULL
) STRICT;
CREATE INDEX run_by_plan ON run(fingerprint, seed);

CREATE TABLE dataset(
  id INTEGER PRIMARY KEY,
  task TEXT NOT NULL,
  hash TEXT NOT NULL,
  questions INTEGER NOT NULL,
  UNIQUE(task, hash, questions)
) STRICT;

CREATE TABLE question(
  dataset INTEGER NOT NULL REFERENCES dataset(id),
  ordinal INTEGER NOT NULL,
  question_id TEXT NOT NULL,
  text TEXT NOT NULL,
  gold TEXT NOT NULL,
  attributes TEXT NOT NULL,
  PRIMARY KEY(dataset, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_task(
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id),
  ordinal INTEGER NOT NULL,
  task TEXT NOT NULL,
  dataset INTEGER NOT NULL REFERENCES dataset(id),
  protocol TEXT NOT NULL,
  protocol_hash TEXT NOT NULL,
  protocol_json TEXT NOT NULL,
  grader TEXT NOT NULL,
  repeats INTEGER NOT NULL,
  first_sample INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  UNIQUE(run, ordinal)
) STRICT;

CREATE TABLE sample(
  id INTEGER PRIMARY KEY,
  run_task INTEGER NOT NULL REFERENCES run_task(id),
  question INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(
    state IN ('planned', 'in_flight', 'generated', 'scored', 'ungraded', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  reason TEXT
) STRICT;

CREATE TABLE generation(
  sample INTEGER PRIMARY KEY REFERENCES sample(id),
  finish TEXT NOT NULL,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  reasoning_tokens INTEGER,
  cached_tokens INTEGER,
  first_token_ms INTEGER NOT NULL,
  total_ms INTEGER NOT NULL,
  served_by TEXT NOT NULL,
  text BLOB NOT NULL,
  reasoning BLOB
) STRICT;

CREATE TABLE score(
  sample INTEGER PRIMARY KEY REFERENCES sample(id),
  verdict TEXT NOT NULL CHECK(verdict IN ('correct', 'wrong', 'no_answer', 'undecided')),
  extracted TEXT NOT NULL,
  canonical TEXT NOT NULL,
  span_begin INTEGER,
  span_end INTEGER,
  thinking TEXT NOT NULL CHECK(thinking IN ('closed', 'unclosed', 'empty', 'absent')),
  explanation TEXT NOT NULL,
  grader TEXT NOT NULL
) STRICT;
)sql";

}  // namespace proctor::reports
