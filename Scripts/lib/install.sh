# shellcheck shell=bash
# What the scripts need on the machine, and how it gets there. Sourced, from the root of the repository.
#
#   need_build | need_tests | need_checks | need_containers | need_bench     note what is missing
#   install_missing NAME       installs what was noted, or says what to install and ends NAME with 1
#   need_swift NAME            ends NAME with 1 unless the Swift toolchain is there and new enough
#
# Nothing is fetched where nothing is missing, so that a second start costs no time.

swift_expected=6.3
missing=()

# require PACKAGE COMMAND...: notes the Debian package unless the command succeeds.
require() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

has() { command -v "$1" >/dev/null 2>&1; }

# A header or library that the C compiler finds by itself.
has_file() {
  local pattern
  for pattern in "$@"; do
    compgen -G "$pattern" >/dev/null && return 0
  done
  return 1
}

# To build the coordinator: git fetches the Swift packages, the C headers and the linker's files are the
# toolchain's own needs, pkg-config finds protobuf-c.
need_build() {
  require git has git
  require ca-certificates has_file /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem /etc/pki/tls/cert.pem
  # On a Mac these come with the toolchain, and lie elsewhere.
  if [ "$(uname -s)" != Darwin ]; then
    require libc6-dev has_file /usr/include/stdlib.h /usr/include/*/stdlib.h
    require libstdc++-12-dev has_file '/usr/include/c++/*/vector'
    require binutils has ld
    require zlib1g-dev has_file /usr/include/zlib.h
  fi
  require tzdata has_file /usr/share/zoneinfo/UTC
  require pkg-config has pkg-config
  require libprotobuf-c-dev pkg-config --exists libprotobuf-c
}

# To run the tests: the Python client, the page in a real browser, the check of the metrics by Prometheus' own tool.
need_tests() {
  require python3 has python3
  require python3-venv python3 -c 'import ensurepip, venv'
  require chromium has_browser
  require prometheus has promtool
  require curl has curl
  require openssl has openssl
}

has_browser() { has chromium || has chromium-browser || has google-chrome; }

# To check that generated files are fresh and the scripts clean.
need_checks() {
  require protobuf-c-compiler has protoc-c
  require protobuf-compiler has protoc
  require libprotobuf-dev has_file /usr/include/google/protobuf/timestamp.proto /usr/local/include/google/protobuf/timestamp.proto
  require shellcheck has shellcheck
}

# To start a container engine of the tests' own.
need_containers() {
  require docker.io has dockerd
  require containerd has containerd
  require runc has runc
  require tini has docker-init
  require iptables has iptables
  require iproute2 has ip
  require debootstrap has debootstrap
}

# To compare with Redis.
need_bench() {
  require redis-server has redis-server
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi
}

can_be_root() {
  [ "$(id -u)" = 0 ] || { has sudo && sudo -n true 2>/dev/null; }
}

install_missing() {
  local name=$1
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! has apt-get || ! can_be_root; then
    {
      echo "$name: these Debian packages, or their like, are missing: ${missing[*]}"
      if has apt-get; then
        echo "$name: this user may not install them; as root: apt-get install ${missing[*]}"
      else
        echo "$name: there is no apt-get here; install the same from your system's packages, for example"
        echo "  Fedora: dnf install git gcc-c++ zlib-devel pkgconf-pkg-config protobuf-c-devel python3 curl openssl chromium golang-github-prometheus"
        echo "  macOS:  brew install pkgconf protobuf-c python openssl prometheus; brew install --cask chromium"
      fi
      echo "$name: then start it again"
    } >&2
    exit 1
  fi
  echo "$name: installing ${missing[*]}" >&2
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  # One source that does not answer must not keep the others' packages away: the install below decides.
  as_root "${apt[@]}" update >&2 </dev/null || echo "$name: apt-get update had errors; going on" >&2
  if ! as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2 </dev/null; then
    echo "$name: apt-get could not install ${missing[*]}; its messages are above" >&2
    exit 1
  fi
  missing=()
}

need_swift() {
  local name=$1 found
  if ! has swift; then
    {
      echo "$name: the Swift toolchain is missing; Swift $swift_expected is needed"
      echo "$name: get it from https://www.swift.org/install (swiftly install $swift_expected) and put its bin folder on PATH"
    } >&2
    exit 1
  fi
  # A toolchain that does not even start is told below, and not by the end of the script.
  found=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1) || found=
  if [ -z "$found" ]; then
    echo "$name: \`swift --version\` does not tell a version; is the toolchain whole?" >&2
    exit 1
  fi
  if [ "$(printf '%s\n' "$swift_expected" "$found" | sort -V | head -n 1)" != "$swift_expected" ]; then
    {
      echo "$name: Swift $found is too old; Swift $swift_expected is needed"
      echo "$name: get it from https://www.swift.org/install (swiftly install $swift_expected)"
    } >&2
    exit 1
  fi
}
