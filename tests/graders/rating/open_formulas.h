// Codeforces's own rating update, after M. Mirzayanov, "Open Codeforces Rating System"
// (codeforces.com/blog/entry/20762), which prints the program. A model takes part in no update;
// this shows that we read places, ratings and the Elo model as the site does.
#pragma once

#include <vector>

namespace proctor::graders::rating {

struct Participant {
  int place = 0;   // from 1; equals share the last place of theirs
  int rating = 0;  // before the contest; below 4000, above -1000
};

// By how much each one's rating changes.
std::vector<int> rating_changes(const std::vector<Participant>& participants);

}  // namespace proctor::graders::rating
