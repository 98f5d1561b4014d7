// main() of the tests that attack as an ordinary user: root becomes nobody first, for whom there
// are neither cgroups nor other users' ids.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>

namespace {

bool become_nobody() {
  constexpr uid_t kNobody = 65534;
  if (geteuid() != 0) return true;  // whoever runs the tests is ordinary enough
  if (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
      setresuid(kNobody, kNobody, kNobody) != 0) {
    return false;
  }
  // A change of user hides /proc/self from its new owner, who has to write uid_map there.
  return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (!become_nobody()) {
    std::perror("nobody");
    return 1;
  }
  return doctest::Context(count, arguments).run();
}
