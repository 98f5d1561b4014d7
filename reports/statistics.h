// What a run's scores say, and how sure one can be of it: means, errors, intervals, bounds.
//
// Two errors answer two questions, and are never to be mixed up:
//  - "How good is the model on questions like these?" The questions are a sample of all that could
//    have been asked: super_population_error().
//  - "Did something change on exactly these questions?" Only sampling noise counts:
//    conditional_error(). On AIME with 64 repeats it is some seven times smaller.
// Formulas: Miller 2024, arXiv:2411.00640, sections 2 and 3, but for the conditional error, which
// is the within-question term of the law of total variance.
#pragma once

#include <span>

namespace proctor::reports {

// The scores of one question's samples, each from 0 to 1, as sums: enough for all that follows.
struct QuestionScores {
  int planned = 0;  // samples that the run set out to take
  int decided = 0;  // those with a score; a missing one is not a zero
  double sum = 0;
  double sum_of_squares = 0;
};

// `correct` of `decided` samples scored 1, the others 0.
QuestionScores question_scores(int correct, int decided, int planned);
QuestionScores question_scores(std::span<const double> scores, int planned);

// The mean of the question means: every question weighs the same, even if some of its samples are
// missing. Questions without any score are left out, here and in both errors; coverage_bounds()
// tells what that may hide. NaN without any score at all.
double mean_score(std::span<const QuestionScores> questions);

// The standard error of mean_score() over questions drawn anew, clustered:
// sqrt( C/(C-1) * sum_c (sum_{j in c} w_j (s_j - mean))^2 ), where w_j is what sample j weighs in
// the mean. With a question a cluster it is sd(question means) / sqrt(n), whatever the numbers of
// repeats. `clusters`, if given, says for each question which cluster (contest, passage) it belongs
// to. NaN with fewer than two clusters.
double super_population_error(std::span<const QuestionScores> questions,
                              std::span<const int> clusters = {});

// The standard error of mean_score() over samples drawn anew for the same questions:
// sqrt( sum_i v_i / K_i ) / n, v_i the unbiased variance of one sample of question i, which for 0/1
// scores is p(1-p) K/(K-1). NaN if any question has a single score: its noise is then unknown, and
// borrowing another question's would be a guess.
double conditional_error(std::span<const QuestionScores> questions);

struct Interval {
  double low = 0;
  double high = 0;
};

// Student's t: the two-sided 95 % quantile at that many degrees of freedom (at least 1).
double student_t_95(int degrees_of_freedom);

// mean +- t * error with n-1 degrees of freedom, which at small n is honest where 1.96 is not. Not
// cut off at 0 and 1. NaN ends for an error that is NaN.
Interval t_interval(double mean, double error, int questions);

// Wilson's score interval at 95 % for a proportion of `trials` (Wilson 1927): for one sample a
// question, and near 0 and 1, where +- is wrong. `trials` may be an effective size p(1-p)/error^2.
Interval wilson_interval(double proportion, double trials);

// mean_score() if every missing sample turned out wrong, and if every one turned out right, over
// all planned questions. Both ends agree when nothing is missing.
Interval coverage_bounds(std::span<const QuestionScores> questions);

// The share of planned samples that have a score; 1 for an empty plan.
double coverage(std::span<const QuestionScores> questions);

}  // namespace proctor::reports
