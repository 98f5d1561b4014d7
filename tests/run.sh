#!/usr/bin/env bash
# Builds and runs all tests: bash tests/run.sh [PRESET...], with dev (the default), asan, tsan or
# release. Installs the Debian packages that are missing. Exits 0 only if every preset's tests pass.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source harness/install_packages.sh

# ThreadSanitizer of g++ 12 cannot map its shadow where the kernel randomises addresses with more
# than 28 bits; the test programs run during the build too, to list their cases.
without_randomisation=()
if command -v setarch >/dev/null && setarch --addr-no-randomize true 2>/dev/null; then
  without_randomisation=(setarch --addr-no-randomize)
fi

build_and_test() {
  local preset=$1 status=0
  local -a prefix=()
  if [[ $preset == tsan ]]; then
    prefix=("${without_randomisation[@]}")
    if [[ -f tests/tsan.supp ]]; then
      export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
    fi
  fi
  # -U: quickstart.sh builds release without tests, and the cache remembers.
  cmake --preset "$preset" -UPROCTOR_TESTS -UPROCTOR_BENCH || return
  "${prefix[@]}" cmake --build --preset "$preset" || return
  "${prefix[@]}" ctest --preset "$preset" --parallel 2 --no-tests=error || status=$?
  print_skips "build/$preset/Testing/Temporary/LastTest.log"
  return "$status"
}

# ctest lists the tests that were skipped; why they were is in its log only.
print_skips() {
  awk '/^[0-9]+\/[0-9]+ Test: / { test = $0; sub(/^[^:]*: /, "", test) }
       /^\[skipped\] / { print "skipped: " test ": " substr($0, 11) }' "$1"
}

install_packages "${build_packages[@]}" doctest-dev libbenchmark-dev python3-numpy pypy3 nghttp2-proxy \
  'chromium?'
(($# > 0)) || set -- dev
failed=()
for preset in "$@"; do
  echo "== $preset"
  build_and_test "$preset" || failed+=("$preset")
done
if ((${#failed[@]} > 0)); then
  echo "failed: ${failed[*]}"
  exit 1
fi
echo "passed: $*"
