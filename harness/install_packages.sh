# shellcheck shell=bash
# Sourced by the scripts that build: `install_packages PACKAGE...` brings in, with apt-get, those of
# the Debian packages that are not there. If all are, it touches nothing and needs neither network
# nor rights.

# What the program is built with; tests/run.sh adds what the tests need.
# shellcheck disable=SC2034
build_packages=(g++ cmake ninja-build pkg-config libcli11-dev libfmt-dev nlohmann-json3-dev
                libcurl4-openssl-dev libsqlite3-dev libzstd-dev zlib1g-dev libutf8proc-dev libtbb-dev
                libflint-dev libflint-arb-dev libmpfr-dev libgmp-dev libseccomp-dev python3
                ca-certificates)

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

install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "error: no apt-get here; this needs what Debian 12 calls: $*" >&2
    return 1
  fi
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0

  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    echo "error: missing packages, and neither root nor sudo to install them;" \
      "as root: apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "installing ${missing[*]}" >&2
  # The lists may be absent, or name versions that are gone; only then are they fetched.
  apt_get install "${missing[@]}" && return 0
  if apt_get update && apt_get install "${missing[@]}"; then return 0; fi
  echo "error: apt-get could not install: ${missing[*]}" >&2
  return 1
}
