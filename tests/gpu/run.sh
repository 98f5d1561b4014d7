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
# Every stage has a time limit, and all together LIMIT seconds (570); what does not fit is "not run".
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
# shellcheck disable=SC2016,SC2317 # xargs calls bash; the stages are called by their names
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

build=build/gpu
logs=$PWD/$build/logs
out=${OUT:-$PWD/$build/out}
packed=$PWD/tests/gpu/packed
unpacked=$PWD/$build/unpacked
PATH+=:/usr/local/cuda/bin:/usr/local/nvidia/bin:/sbin
PATH+=$(printf ':%s' /opt/nvidia/nsight-compute/*/)
# cuBLASLt's choices, which take a while, are for all stages.
export XDG_CACHE_HOME=$PWD/$build/cache PYTHONUNBUFFERED=1
order=(kernels determinism bench aime parity peer sanitizer)
declare -A limit_of=([kernels]=120 [determinism]=150 [bench]=150 [aime]=240 [parity]=280
  [peer]=330 [sanitizer]=280 [profile]=120 [build]=400)

# What starts one of our programs, that built here or else the packed one: the program itself, or a
# script that says where its libraries lie. Not all programs are to look there: PyTorch has its own.
program() {
  local path loader="" start=$PWD/$build/start
  path=$(find "$PWD/$build/native" -name "$1" -type f -perm -u+x 2>/dev/null | head -n 1)
  if [[ -z $path ]]; then
    path=$unpacked/bin/$1
    [[ -f $unpacked/starts ]] || loader="'$unpacked/glibc/ld-linux-x86-64.so.2' \
      --library-path '$unpacked/glibc:$unpacked/lib${libraries:+:$libraries}'"
  fi
  if [[ -n $loader$libraries ]]; then
    mkdir -p "$start"
    cat >"$start/$1" <<END
#!/bin/sh
LD_LIBRARY_PATH='$libraries'\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec $loader '$path' "\$@"
END
    chmod +x "$start/$1"
    path=$start/$1
  fi
  echo "$path"
}

# The packed programs start as they are if the C library here is new enough for them, else with the
# one that came along.
unpack() {
  [[ -f $packed/programs.tar.xz ]] || return 0
  if [[ ! $unpacked/made -nt $packed/programs.tar.xz ]]; then
    rm -rf "$unpacked"
    mkdir -p "$unpacked"
    tar -C "$unpacked" -xJf "$packed/programs.tar.xz" 2>/dev/null ||
      python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' \
        "$packed/programs.tar.xz" "$unpacked" || return
    if "$unpacked/bin/aime_run" --help >/dev/null 2>&1; then touch "$unpacked/starts"; fi
    touch "$unpacked/made"
  fi
}

# Folders of the driver and of cuBLASLt, which are loaded at run time, where the loader would not
# look: they may lie where only PyTorch does. Not the toolkit's stand-ins for a driver.
find_libraries() {
  local name found
  libraries=
  for name in libcuda.so.1 libcublasLt.so.13; do
    ldconfig -p 2>/dev/null | grep -F "$name " && continue
    found=$(find /usr/local/nvidia /usr/lib /usr/local /opt -name "$name" \
      -not -path '*/compat/*' -not -path '*/stubs/*' 2>/dev/null | head -n 1)
    echo "	${found:-$name: not found}"
    libraries+=${found:+${libraries:+:}$(dirname "$found")}
  done
  export libraries
}

# What may be otherwise than on the machines that this was written for.
describe_machine() {
  uname -sr
  ldd --version 2>&1 | head -n 1
  nproc
  df -h --output=target,avail /dev/shm /tmp . 2>/dev/null
  grep Mem /proc/meminfo
  type python3 nvcc compute-sanitizer ncu nvidia-smi
  nvidia-smi
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
  "$(program engine_cuda_tests)" --duration=true "$@" | tee "$logs/doctest"
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
  stdbuf -oL nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -lms 500 \
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

# One process for each tool and test file with kernels of ours, as many at once as there are cores,
# so that a slow one costs only itself; all are stopped in time to say what was clean. Calls that
# fail are no errors: some tests provoke them, and the others look at every answer.
stage_sanitizer() {
  local tool file status=0
  rm -rf "$logs/sanitizer"
  mkdir -p "$logs/sanitizer"
  for tool in memcheck racecheck; do
    grep -l SKIP_WITHOUT_DEVICE tests/backends/engine/cuda/*_test.cpp | while read -r file; do
      # Whole models and cuBLASLt's own kernels are not meant.
      grep -q 'TEST_CASE(".*CUDA device\|LtProduct' "$file" ||
        printf '%s\0' "$tool" "$(basename "$file" .cpp)" "$summary"
    done
  done | xargs -0 -P "$(nproc)" -n 3 bash -c 'left=$((STAGE_END - $(date +%s) - 15))
      [[ $2 != memcheck ]] || more=(--report-api-errors no)
      timeout --foreground "$((left > 1 ? left : 1))" compute-sanitizer --tool "$2" "${more[@]}" \
        --error-exitcode 9 --target-processes all "$0" --source-file="*/$3.cpp" \
        >"$1/sanitizer/$2 $3" 2>&1 &&
        grep -q "$4" "$1/sanitizer/$2 $3" && touch "$1/sanitizer/$2 $3.clean"' \
    "$(program engine_cuda_tests)" "$logs" || status=1
  for tool in memcheck racecheck; do
    local all=("$logs/sanitizer/$tool "*_test) clean=("$logs/sanitizer/$tool "*[.]clean)
    [[ -e ${clean[0]} ]] || clean=()
    echo "* $tool: ${#clean[@]} of ${#all[@]} test files clean (target: all)"
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
mkdir -p "$logs" "$out" "$XDG_CACHE_HOME"
describe_machine >"$out/run.log" 2>&1
find_libraries >>"$out/run.log"
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

# Runs a stage with its output appended to run.log: a pipe would be waited for as long as anything
# holds it. What the stage leaves running is ended, what it leaves lying about removed: checkpoints
# are large. What was stopped may hold the GPU's memory for a moment more. Of a stage that talks
# without end (many checks may fail alike) the log keeps a MiB from both ends: too large a file may
# be lost.
run_stage() { # STAGE SECONDS
  local before status
  before=$(wc -c <"$out/run.log")
  mkdir "$scratch/tmp"
  STAGE_END=$(($(date +%s) + $2)) TMPDIR=$scratch/tmp timeout --kill-after=5 "$2" \
    bash tests/gpu/run.sh --stage "$1" >>"$out/run.log" 2>&1 &
  pid=$!
  wait "$pid"
  status=$?
  clear_up
  if ((status == 124 || status == 137)); then
    for _ in {1..20}; do
      [[ -n $(nvidia-smi --query-compute-apps=pid --format=csv,noheader 2>/dev/null) ]] || break
      sleep 0.5
    done
  fi
  tail -c "+$((before + 1))" "$out/run.log" >"$logs/$1.log"
  if (($(wc -c <"$logs/$1.log") > 2 << 20)); then
    truncate -s "$before" "$out/run.log"
    { head -c 1M "$logs/$1.log"; printf '\n[...]\n'; tail -c 1M "$logs/$1.log"; } >>"$out/run.log"
  fi
  return "$status"
}

pid=""
scratch=$(mktemp -d) || exit
clear_up() {
  [[ -z $pid ]] || kill -KILL -- "-$pid" 2>/dev/null
  pid=""
  rm -rf "$scratch/tmp"
}
trap 'clear_up; rmdir "$scratch"' EXIT
trap 'exit 130' INT TERM
failed=0
for stage in "${stages[@]}"; do
  left=$((${LIMIT:-570} - SECONDS))
  limit=$((limit_of[$stage] < left ? limit_of[$stage] : left))
  if ((limit < 20)); then
    failed=1
    continue
  fi
  echo "== $stage, up to $limit s" | tee -a "$out/run.log"
  start=$SECONDS
  run_stage "$stage" "$limit"
  status=$?
  seconds[$stage]=$((SECONDS - start))
  figures[$stage]=$(grep '^\* ' "$logs/$stage.log")
  case $status in
    0) verdict[$stage]=passed ;;
    124 | 137) verdict[$stage]="out of time" failed=1 ;;
    *) verdict[$stage]=FAILED failed=1 ;;
  esac
  tail -n 40 "$logs/$stage.log" | cut -c 1-160
  write_results
  # Without a build there may be nothing to try.
  [[ $stage != build || $status == 0 || -d $unpacked ]] || break
done
write_results

print_table() {
  echo "== $(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>&1)"
  local stage
  for stage in "${stages[@]}"; do
    printf '%-12s %-11s %4d s\n' "$stage" "${verdict[$stage]:-not run}" "${seconds[$stage]:-0}"
    [[ -z ${figures[$stage]:-} ]] || sed 's/^./   /' <<<"${figures[$stage]}"
  done
}
print_table | tee -a "$out/run.log"
exit "$failed"
