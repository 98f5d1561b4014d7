#!/usr/bin/env bash
# From a clean clone to a first table and its page: builds proctor and runs its quickstart suite on
# the embedded model. Needs no network once the Debian packages are there, no GPU, no key and no data.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source harness/install_packages.sh

install_packages "${build_packages[@]}"
cmake --preset release -DPROCTOR_TESTS=OFF -DPROCTOR_BENCH=OFF >&2
cmake --build --preset release --target proctor >&2

folder=build/release
"$folder"/proctor run --suite quickstart --model tiny --db "$folder"/quickstart.db --fresh
"$folder"/proctor report --db "$folder"/quickstart.db --format html \
  --out "$folder"/quickstart.html
echo "Next, a model of yours: $folder/proctor run --suite quickstart" \
  "--model openai-api/NAME --base-url http://127.0.0.1:8000/v1"
echo "Every question and every reply: $PWD/$folder/quickstart.html"
