// Grader "choice": the option of a multiple choice that a reply commits to.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "graders/grader.h"

namespace proctor::graders {

// Reads the final part of a reply by choice/chosen_option.h. The question's gold is the letter of
// the right option; its options, if it has them as attributes (harness/core/question.h), are in the
// order in which they were asked. Where several options or none are named there is no answer.
// Votes are for options and not for their letters: the canonical form is the option's text, so that
// repeats that showed the options in other orders can be counted together; the letter only where
// the question has no options.
// Errors: invalid_input, for a gold that is no letter, or none of the options.
std::unique_ptr<Grader> make_choice_answer(const GraderOptions& options);

// The index of the option that the gold letter names. Errors: as above.
Result<std::size_t> gold_option(const Question& question);

// The score of having chosen an option, by its index: verdict, canonical form and how it was
// compared.
struct ChoiceJudgement {
  bool correct = false;
  std::string canonical;
  std::string how;
};
ChoiceJudgement judge_option(const Question& question, std::size_t chosen, std::size_t gold);

}  // namespace proctor::graders
