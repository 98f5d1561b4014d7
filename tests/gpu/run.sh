#!/usr/bin/env bash
# Builds the engine with CUDA and tries it on the GPU of this machine:
#
#   bash tests/gpu/run.sh [STAGE...]     of: build kernels parity determinism bench peer sanitizer
#
# All but sanitizer if none is named, within ten minutes on an H200 with 16 cores. Needs the CUDA
# toolkit 13, a C++20 compiler, CMake and ninja; nlohmann/json and doctest from the system or from
# tests/gpu/packed (tests/gpu/pack.sh); torch and transformers for parity and peer. Logs lie in
# ${OUT:-build/gpu}/logs. Ends with one table, and with 1 if a stage failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=build/gpu
logs=${OUT:-$build}/logs
mkdir -p "$logs"
stages=("$@")
((${#stages[@]} > 0)) || stages=(build kernels parity determinism bench peer)

stage_build() {
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPROCTOR_CUDA=ON \
    -DPROCTOR_ENGINE_ONLY=ON -DCMAKE_CUDA_ARCHITECTURES="${ARCHITECTURES:-90a-real}" \
    -DCMAKE_PREFIX_PATH="$PWD/tests/gpu/packed/usr" &&
    cmake --build "$build" --target engine_cuda_tests engine_logits engine_speed cuda_kernels \
      cuda_decode
}
tests() { "$build/tests/backends/engine/cuda/engine_cuda_tests" "$@"; }
stage_kernels() { tests --test-case-exclude='*CUDA device*'; }
stage_determinism() { tests --test-case='*CUDA device*'; }
stage_parity() { python3 tests/gpu/parity.py "$build/tests/backends/engine/support/engine_logits"; }
stage_bench() { "$build/tests/bench/cuda_kernels" && "$build/tests/bench/cuda_decode"; }
stage_peer() { python3 tests/gpu/peer.py; }
stage_sanitizer() {
  local tool
  for tool in memcheck racecheck; do
    compute-sanitizer --tool "$tool" --error-exitcode 9 \
      "$build/tests/backends/engine/cuda/engine_cuda_tests" || return
  done
}

failed=0
table=()
for stage in "${stages[@]}"; do
  if ! declare -F "stage_$stage" >/dev/null; then
    echo "run.sh: there is no stage $stage" >&2
    exit 2
  fi
  echo "== $stage"
  start=$SECONDS
  if "stage_$stage" >"$logs/$stage.log" 2>&1; then verdict=passed; else verdict=FAILED failed=1; fi
  tail -n 40 "$logs/$stage.log"
  table+=("$(printf '%-12s %-7s %4d s' "$stage" "$verdict" $((SECONDS - start)))")
  # Without a build there is nothing to try.
  [[ $stage != build || $verdict == passed ]] || break
done
echo "== $(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null)"
printf '%s\n' "${table[@]}"
exit "$failed"
