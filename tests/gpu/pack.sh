#!/usr/bin/env bash
# Packs what a bare GPU machine lacks into tests/gpu/packed (ignored by git, about 1.5 MB): the
# headers and CMake files of nlohmann/json and doctest. To be run where Debian's packages are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source harness/install_packages.sh
install_packages nlohmann-json3-dev doctest-dev

packed=tests/gpu/packed
rm -rf "$packed"
for package in nlohmann-json3-dev doctest-dev; do
  dpkg -L "$package" | grep -E '^/usr/(include|lib/cmake|share/cmake)/' | while read -r file; do
    [[ -f $file ]] || continue
    install -D -m 644 "$file" "$packed$file"
  done
done
echo "$packed: $(du -sh "$packed" | cut -f1)"
