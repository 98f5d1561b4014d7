#!/usr/bin/env bash
# Packs what a bare GPU machine lacks into tests/gpu/packed (ignored by git):
#
#   bash tests/gpu/pack.sh [BUILD_FOLDER]
#
#   usr               headers and CMake files of nlohmann/json and doctest, to build the engine there
#   programs.tar.xz   the programs that run.sh tries, compiled here for ARCHITECTURES (90a-real), with
#                     every shared library that they need, the C library's too, so that they start
#                     on any Linux; the GPU's driver and cuBLASLt are that machine's own
#
# The folder peer is peer_pack.sh's and stays as it is. To be run where Debian's packages and nvcc
# are; compiling takes some twenty minutes on two cores, and a BUILD_FOLDER that is there already
# saves them. The programs are tried in an empty root, and with the CPU, before they count as packed.
# Ends with what a session takes along, working tree and all, and with 1 if that is more than
# MOST_MIB (60).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source harness/install_packages.sh

build=${1:-build/gpu-pack}
packed=$PWD/tests/gpu/packed
most_mib=${MOST_MIB:-60}
targets=(engine_cuda_tests engine_logits engine_speed determinism cuda_kernels cuda_decode aime_run)
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

# What the packages say of /usr must hold where the folder comes to lie.
pack_headers() {
  rm -rf "${packed:?}/usr"
  local package file
  for package in nlohmann-json3-dev doctest-dev; do
    dpkg -L "$package" | grep -E '^/usr/(include|lib/cmake|share/cmake)/' | while read -r file; do
      [[ -f $file ]] || continue
      install -D -m 644 "$file" "$packed$file"
    done
  done
  find "$packed/usr" -name '*Targets.cmake' -exec \
    sed -i 's|set(_IMPORT_PREFIX "/usr")|set(_IMPORT_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../..")|' {} +
}

# With an RPATH, which holds for the libraries of libraries too, so that they are found beside the
# programs wherever these lie. What BUILD_FOLDER was configured with before counts too.
build_programs() {
  PATH=$PATH:/usr/local/cuda/bin cmake -S . -B "$build" -G Ninja \
    -DCMAKE_BUILD_TYPE="${BUILD_TYPE:-Release}" -DPROCTOR_CUDA=ON \
    -DCMAKE_CUDA_ARCHITECTURES="${ARCHITECTURES:-90a-real}" \
    -DCMAKE_INSTALL_RPATH="\$ORIGIN/../lib" -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON \
    -DCMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags
  cmake --build "$build" --parallel "${JOBS:-$(nproc)}" --target "${targets[@]}"
}

# Programs into bin, their libraries into lib, but those of the C library into glibc: of these a
# program must have all or none.
stage_programs() {
  mkdir -p "$staging"/{bin,lib,glibc,tmp}
  local target path library of_libc
  of_libc=$(dpkg -L libc6 | sed 's|.*/||')
  for target in "${targets[@]}"; do
    path=$(find "$build" -name "$target" -type f -perm -u+x)
    strip -o "$staging/bin/$target" "$path"
    ldd "$path" | grep -o '/[^ ]*'
  done | sort -u | while read -r library; do
    if grep -qFx "${library##*/}" <<<"$of_libc"; then
      cp -L "$library" "$staging/glibc"
    else
      cp -L "$library" "$staging/lib"
    fi
  done
}

# What works with nothing but the packed files around works on any machine.
try_programs() {
  local -a launch=(/usr/sbin/chroot "$staging" /glibc/ld-linux-x86-64.so.2 --library-path /glibc:/lib)
  if ((EUID != 0)); then
    launch=("$staging/glibc/ld-linux-x86-64.so.2" --library-path "$staging/glibc:$staging/lib")
  fi
  local bin=/bin
  ((EUID == 0)) || bin=$staging/bin
  env -i TMPDIR=/tmp "${launch[@]}" "$bin"/aime_run --device cpu --shorten 2000 >&2
  env -i "${launch[@]}" "$bin"/engine_cuda_tests --count >&2
  env -i "${launch[@]}" "$bin"/engine_speed tiny --new 2 1 >&2
}

# Tracked files and those that git does not ignore, and this folder.
print_total() {
  local tree packed_bytes
  # Files that were removed and not committed are no matter.
  tree=$(git ls-files -co --exclude-standard -z |
    { du -cb --files0-from=- 2>/dev/null || true; } | tail -n 1 | cut -f1)
  packed_bytes=$(du -sb "$packed" | cut -f1)
  du -sh "$packed"/*
  local mib=$(((tree + packed_bytes) >> 20))
  echo "working tree $((tree >> 20)) MiB + packed $((packed_bytes >> 20)) MiB = $mib MiB of $most_mib"
  ((mib <= most_mib))
}

install_packages "${build_packages[@]}" doctest-dev xz-utils
mkdir -p "$packed"
pack_headers
build_programs
stage_programs
try_programs
tar -C "$staging" -cJf "$packed/programs.tar.xz" bin lib glibc
print_total
