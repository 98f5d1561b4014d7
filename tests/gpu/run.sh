#!/usr/bin/env bash
# Tries the engine and the harness on the GPU of this machine:
#
#   bash tests/gpu/run.sh [STAGE...]
#
#   kernels      each CUDA kernel against its reference
#   determinism  the same replies whatever else runs, however it is cut
#   bench        kernels and decoding beside the speed of a copy
#   aime         30 questions x 64 replies through the whole harness, lengths divided by AIME_SHORTEN (4)
#   parity       logits beside those of transformers
#   peer         speed beside nano-vllm and transformers
#   sanitizer    compute-sanitizer's memcheck and racecheck over the kernel tests
#   profile      Nsight Compute over two launches of attention: attend.ncu-rep beside run.log
#   build        the engine compiled here, from nothing but the toolkit and tests/gpu/packed/usr
#
# All but the last two in this order if none is named, and `build` before them if no programs are
# packed. The programs are those that `build` made here, else those that tests/gpu/pack.sh packed.
# Needs a driver and the CUDA toolkit 13 (compute-sanitizer, cuBLASLt; for build also a C++20
# compiler, CMake, ninja); python3 with torch and transformers for parity and peer.
#
# Every stage has a time limit, and all together LIMIT seconds (580); what does not fit is "not run".
# Ends with a table of the stages and their key figures, which are the lines of their output that
# begin with "* ", and with 1 unless all passed. Everything printed goes to ${OUT:-build/gpu/out}/run.log,
# the table to results.json beside it.
#
# A session with half an hour of such a machine, 64 MiB to bring and ten minutes a command packs
# first (pack.sh, and peer_pack.sh for nano-vllm), brings tests/gpu/packed along, and asks for
#
#   bash tests/gpu/run.sh kernels determinism bench aime     some 7 minutes
#   bash tests/gpu/run.sh parity peer                        some 8 minutes; at once after the first,
#                                                            whose unpacked programs are still there
#   bash tests/gpu/run.sh sanitizer profile build            with what time is left
# shellcheck disable=SC2317 # the stages are called by their names
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

build=build/gpu
logs=$PWD/$build/logs
out=${OUT:-$PWD/$build/out}
packed=$PWD/tests/gpu/packed
unpacked=$PWD/$build/unpacked
order=(kernels determinism bench aime parity peer sanitizer)
declare -A limit_of=([kernels]=120 [determinism]=150 [bench]=150 [aime]=240 [parity]=280
  [peer]=330 [sanitizer]=280 [profile]=120 [build]=400)

# Where the path of one of our programs is wanted: what was built here, or what starts a packed one.
program() {
  local built
  built=$(find "$build/native" -name "$1" -type f -perm -u+x 2>/dev/null | head -n 1)
  echo "${built:-$unpacked/run/$1}"
}

# The packed programs as they are, if the C library here is new enough for them, else with the one
# that came along.
unpack() {
  [[ -f $packed/programs.tar.xz ]] || return 0
  if [[ ! $unpacked/made -nt $packed/programs.tar.xz ]]; then
    rm -rf "$unpacked"
    mkdir -p "$unpacked/run"
    tar -C "$unpacked" -xJf "$packed/programs.tar.xz" 2>/dev/null ||
      python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' \
        "$packed/programs.tar.xz" "$unpacked" || return
  fi
  if "$unpacked/bin/aime_run" --help >/dev/null 2>&1; then
    ln -sf "$unpacked/bin"/* "$unpacked/run"
  else
    local name
    for name in "$unpacked/bin"/*; do
      printf '#!/bin/sh\nexec %s --library-path "%s:$LD_LIBRARY_PATH" %s "$@"\n' \
        "$unpacked/glibc/ld-linux-x86-64.so.2" "$unpacked/glibc:$unpacked/lib" "$name" \
        >"$unpacked/run/${name##*/}"
      chmod +x "$unpacked/run/${name##*/}"
    done
  fi
  touch "$unpacked/made"
}

# The driver and cuBLASLt are loaded at run time; they may lie where only PyTorch looks.
find_libraries() {
  local name found
  LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}
  for name in libcuda.so.1 libcublasLt.so.13; do
    ldconfig -p 2>/dev/null | grep -qF "$name " && continue
    found=$(find /usr/local /opt /usr/lib -name "$name" 2>/dev/null | head -n 1)
    LD_LIBRARY_PATH+=${found:+:$(dirname "$found")}
  done
  export LD_LIBRARY_PATH=${LD_LIBRARY_PATH#:}
}

stage_build() {
  cmake -S . -B "$build/native" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPROCTOR_CUDA=ON \
    -DPROCTOR_ENGINE_ONLY=ON -DCMAKE_CUDA_ARCHITECTURES="${ARCHITECTURES:-90a-real}" \
    -DCMAKE_PREFIX_PATH="$packed/usr" &&
    cmake --build "$build/native" --target engine_cuda_tests engine_logits engine_speed \
      determinism cuda_kernels cuda_decode &&
    echo "* built from the tree, with $(nvcc --version | grep -o 'release [0-9.]*')"
}

# Runs tests and says how many passed. There must be some, and those that need a GPU must find it.
tests() {
  "$(program engine_cuda_tests)" "$@" | tee "$logs/doctest"
  local status=${PIPESTATUS[0]} skipped
  skipped=$(grep -c '^\[skipped\] needs a CUDA device' "$logs/doctest")
  sed -n "s/$summary *\(.*failed\).*/* test cases: \1; without a GPU to run on: $skipped/p" "$logs/doctest"
  grep -q "$summary" "$logs/doctest" && ((skipped == 0)) && return "$status"
}
summary='^\[doctest\] test cases: *[1-9][0-9]* |'
stage_kernels() { tests --test-case-exclude='*CUDA device*'; }
stage_parity() { python3 tests/gpu/parity.py "$(program engine_logits)" --budget 230; }

stage_determinism() {
  local status=0
  "$(program determinism)" --device "${DEVICE:-cuda}" || status=1
  tests --test-case='*CUDA device*' || status=1
  return "$status"
}

stage_bench() {
  local status=0
  "$(program cuda_kernels)" || status=1
  "$(program cuda_decode)" || status=1
  return "$status"
}

# Beside the program's own account, how busy nvidia-smi found the GPU between its first and its last
# busy sample.
stage_aime() {
  nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -lms 500 \
    >"$logs/utilisation" 2>/dev/null &
  local sampler=$! status=0
  "$(program aime_run)" --device "${DEVICE:-cuda}" --shape "${AIME_SHAPE:-1.5b}" \
    --shorten "${AIME_SHORTEN:-4}" --sequences "${AIME_SEQUENCES:-605}" || status=1
  kill "$sampler" 2>/dev/null
  wait "$sampler" 2>/dev/null
  awk '$1 > 0 { busy = 1 } busy { sum += $1; n++; if ($1 > 0) { kept = sum; last = n } }
       END { if (last) printf "* nvidia-smi: GPU in use for %.1f %% of %d samples\n", kept / last, last }' \
    "$logs/utilisation"
  return "$status"
}

# What `bench` has measured need not be measured again.
stage_peer() {
  local decode kernels
  decode=$(program cuda_decode)
  kernels=$(program cuda_kernels)
  if [[ -s $logs/bench.log ]]; then decode=$logs/bench.log kernels=$decode; fi
  python3 tests/gpu/peer.py --decode "$decode" --aime "$(program aime_run)" --kernels "$kernels"
}

# One process for each tool and test file, as many at once as there are cores, so that a slow one
# costs only itself.
stage_sanitizer() {
  local tool file name status=0
  rm -rf "$logs/sanitizer"
  mkdir -p "$logs/sanitizer"
  for tool in memcheck racecheck; do
    for file in tests/backends/engine/cuda/*_test.cpp; do
      name=$(basename "$file" .cpp)
      [[ $name == *device* ]] || printf '%s\0' "$tool" "$name" "$summary"
    done
  done | xargs -0 -P "$(nproc)" -n 3 bash -c 'compute-sanitizer --tool "$2" --error-exitcode 9 \
      --target-processes all "$0" --source-file="*/$3.cpp" >"$1/sanitizer/$2 $3" 2>&1 &&
      grep -q "$4" "$1/sanitizer/$2 $3" && touch "$1/sanitizer/$2 $3.clean"' \
    "$(program engine_cuda_tests)" "$logs" || status=1
  for tool in memcheck racecheck; do
    local all=("$logs/sanitizer/$tool "*_test) clean=("$logs/sanitizer/$tool "*[.]clean)
    [[ -e ${clean[0]} ]] || clean=()
    echo "* $tool: ${#clean[@]} of ${#all[@]} test files clean"
  done
  for file in "$logs"/sanitizer/*_test; do
    [[ -e $file.clean ]] || { echo "== $file"; tail -n 20 "$file"; }
  done
  return "$status"
}

# The rows of cuda_kernels before these launches are cheap.
stage_profile() {
  ncu --kernel-name regex:attend --launch-skip 13 --launch-count 2 --set full --clock-control none \
    --force-overwrite --export "$out/attend" "$(program cuda_kernels)" &&
    ncu --import "$out/attend.ncu-rep" --page details |
    sed -n -e p -e 's/^ *\(\(Memory\|DRAM\) Throughput  .*\)/* \1/p' | sed '/^\* /s/  */ /g'
}

# A stage in a process of its own, so that it can be stopped.
if [[ ${1:-} == --stage ]]; then
  "stage_$2"
  exit
fi

stages=("$@")
if ((${#stages[@]} == 0)); then
  stages=("${order[@]}")
  [[ -f $packed/programs.tar.xz ]] || stages=(build "${stages[@]}")
fi
for stage in "${stages[@]}"; do
  [[ -n ${limit_of[$stage]:-} ]] && continue
  echo "run.sh: there is no stage $stage" >&2
  exit 2
done
mkdir -p "$logs" "$out"
: >"$out/run.log"
find_libraries
unpack || exit

declare -A verdict seconds figures
write_results() {
  local stage
  for stage in "${stages[@]}"; do
    printf '%s\n%s\n%s\n%s\n\n' "$stage" "${verdict[$stage]:-not run}" "${seconds[$stage]:-0}" \
      "${figures[$stage]:-}"
  done | python3 -c '
import json, sys
rows = [block.strip().split("\n") for block in sys.stdin.read().split("\n\n") if block.strip()]
json.dump([{"stage": row[0], "verdict": row[1], "seconds": int(row[2]),
            "figures": [line[2:] for line in row[3:] if line]} for row in rows],
          sys.stdout, indent=1)' >"$out/results.json"
}

failed=0
for stage in "${stages[@]}"; do
  left=$((${LIMIT:-580} - SECONDS))
  limit=$((limit_of[$stage] < left ? limit_of[$stage] : left))
  if ((limit < 20)); then
    failed=1
    continue
  fi
  echo "== $stage, up to $limit s" | tee -a "$out/run.log"
  start=$SECONDS
  timeout --kill-after=5 "$limit" bash "$0" --stage "$stage" 2>&1 |
    tee "$logs/$stage.log" >>"$out/run.log"
  status=${PIPESTATUS[0]}
  seconds[$stage]=$((SECONDS - start))
  figures[$stage]=$(grep '^\* ' "$logs/$stage.log")
  case $status in
    0) verdict[$stage]=passed ;;
    124 | 137) verdict[$stage]="out of time" failed=1 ;;
    *) verdict[$stage]=FAILED failed=1 ;;
  esac
  tail -n 40 "$logs/$stage.log"
  write_results
  # Without a build there may be nothing to try.
  [[ $stage != build || $status == 0 || -d $unpacked ]] || break
done
write_results

print_table() {
  echo "== $(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null)"
  local stage
  for stage in "${stages[@]}"; do
    printf '%-12s %-11s %4d s\n' "$stage" "${verdict[$stage]:-not run}" "${seconds[$stage]:-0}"
    [[ -z ${figures[$stage]:-} ]] || sed 's/^./   /' <<<"${figures[$stage]}"
  done
}
print_table | tee -a "$out/run.log"
exit "$failed"
