// FLINT and Arb, wherever the system keeps them: Debian 12 has Arb as a library beside FLINT 2, and
// FLINT 3 has swallowed it. Both are LGPL.
#pragma once

#include <flint/flint.h>
#include <flint/fmpq.h>
#include <flint/fmpz.h>

#if __has_include(<flint/acb.h>)
#include <flint/acb.h>
#include <flint/arb.h>
#else
#include <acb.h>
#include <arb.h>
#endif

namespace proctor::graders::math {

// Call before using FLINT on a thread: when the thread ends, the caches that FLINT keeps for it are
// freed. Numbers made there live on.
inline void use_flint_on_this_thread() {
  struct Cleanup {
    ~Cleanup() { flint_cleanup(); }
  };
  static thread_local Cleanup cleanup;
  static_cast<void>(cleanup);
}

}  // namespace proctor::graders::math
