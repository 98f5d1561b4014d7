# shellcheck shell=bash
# Sourced by the scripts that build: `install_packages PACKAGE...` brings in, with apt-get, those of
# the Debian packages that are not there. If all are, it touches nothing and needs neither network
# nor rights. "PACKAGE?" is one that some releases do not have: where it cannot be had, that is said
# and nothing else.

# What the program is built with; tests/run.sh adds what the tests need.
# shellcheck disable=SC2034
build_packages=(g++ cmake ninja-build pkg-config libcli11-dev libfmt-dev nlohmann-json3-dev
                libcurl4-openssl-dev libssl-dev libsqlite3-dev libzstd-dev zlib1g-dev libzip-dev
                libutf8proc-dev libre2-dev libtbb-dev libflint-dev 'libflint-arb-dev?' libmpfr-dev
                libgmp-dev libseccomp-dev libcpp-httplib-dev libjs-katex python3 ca-certificates)

is_installed() {
  dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Unattended, and its chatter on stderr.
apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends "$@" >&2
}

install_missing() {
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    echo "error: missing packages, and neither root nor sudo to install them;" \
      "as root: apt-get install $*" >&2
    return 1
  fi
  echo "installing $*" >&2
  # The lists may be absent, or name versions that are gone; only then are they fetched.
  apt_get install "$@" && return 0
  if apt_get update && apt_get install "$@"; then return 0; fi
  echo "error: apt-get could not install: $*" >&2
  return 1
}

install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "error: no apt-get here; this needs what Debian 12 calls: $*" >&2
    return 1
  fi
  local package missing=() wanted=()
  for package in "$@"; do
    is_installed "${package%\?}" && continue
    if [[ $package == *\? ]]; then wanted+=("${package%\?}"); else missing+=("$package"); fi
  done
  ((${#missing[@]} == 0)) || install_missing "${missing[@]}" || return
  for package in "${wanted[@]}"; do
    install_missing "$package" 2>/dev/null || echo "doing without $package" >&2
  done
}
