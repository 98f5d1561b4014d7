#include <cstdio>
#include <cstring>

#include "tests/sandbox/attacker/attacks.h"

int main(int count, char** arguments) {
  using namespace attacker;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  for (const auto& attacks :
       {process_attacks(), memory_attacks(), file_attacks(), kernel_attacks()}) {
    for (const Attack& attack : attacks) {
      if (count > 1 && std::strcmp(attack.name, arguments[1]) == 0) return attack.run();
    }
  }
  std::printf("no such attack\n");
  return 99;
}
