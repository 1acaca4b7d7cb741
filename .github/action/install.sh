#!/usr/bin/env bash
# Puts lessonbook into the job's path: a released binary whose checksum fits, or one built from this action's own source.
# Comes in: ACTION_VERSION, ACTION_PATH, and what a runner sets. LESSONBOOK_RELEASES names another place for releases.
set -euo pipefail

stop() { # what is wrong, on one line
  printf '::error title=lessonbook action::%s\n' "${1//[$'\r\n']/ }"
  exit 2
}

# On Windows the runner names folders with a drive, which tar takes for another machine.
posix() { if command -v cygpath >/dev/null; then cygpath -u "$1"; else printf '%s\n' "$1"; fi; }
native() { if command -v cygpath >/dev/null; then cygpath -w "$1"; else printf '%s\n' "$1"; fi; }

version=${ACTION_VERSION:-}
here=$(posix "${ACTION_PATH:?}")
temp=$(posix "${RUNNER_TEMP:?}")
releases=${LESSONBOOK_RELEASES:-https://github.com/lessonbook/lessonbook/releases/download}
folder=$temp/lessonbook-bin
own=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml" | head -n 1)

finish() {
  native "$folder" >>"${GITHUB_PATH:?}"
  "$folder/lessonbook" --version
  exit 0
}

build() {
  command -v cargo >/dev/null || stop "no binary of lessonbook $own is released for this runner, and it has no cargo to build one: install Rust first, or say another version"
  printf 'building lessonbook %s from source\n' "$own"
  cargo install --quiet --locked --force --path "$(native "$here")" --root "$(native "$temp/lessonbook-built")"
  mkdir -p "$folder"
  cp "$temp/lessonbook-built/bin/lessonbook"* "$folder/"
  finish
}

case $version in
  installed)
    command -v lessonbook >/dev/null || stop "version is \`installed\`, but the job's path holds no lessonbook"
    lessonbook --version
    exit 0
    ;;
  source) build ;;
esac
asked=${version#v}
wanted=${asked:-$own}
[[ $wanted =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || stop "\`$version\` is no version: say 1.2.3, source or installed"

case "${RUNNER_OS:-}/${RUNNER_ARCH:-}" in
  Linux/X64) platform=x86_64-unknown-linux-musl ;;
  Linux/ARM64) platform=aarch64-unknown-linux-musl ;;
  macOS/X64) platform=x86_64-apple-darwin ;;
  macOS/ARM64) platform=aarch64-apple-darwin ;;
  Windows/X64) platform=x86_64-pc-windows-msvc ;;
  *) platform="" ;;
esac
if [ -z "$platform" ]; then
  [ "$wanted" = "$own" ] || stop "there is no binary for ${RUNNER_OS:-this system} on ${RUNNER_ARCH:-this processor}"
  build
fi

# The status, so that a release that does not exist is told from a network that fails.
get() { # name of a file, where to put it
  local status
  status=$(curl --silent --show-error --location --retry 3 --max-time 300 --output "$2" --write-out '%{http_code}' \
    "$releases/v$wanted/$1") || stop "$releases/v$wanted/$1 can't be reached"
  case $status in
    200) return 0 ;;
    404) return 1 ;;
    *) stop "$releases/v$wanted/$1 answers with status $status" ;;
  esac
}

sum() { # file
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

archive=lessonbook-$wanted-$platform.tar.gz
work=$(mktemp -d "$temp/lessonbook-get.XXXXXX")
if ! get SHA256SUMS "$work/SHA256SUMS"; then
  [ -z "$asked" ] || [ "$asked" = "$own" ] || stop "lessonbook $wanted is not released"
  build
fi
expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
[[ $expected =~ ^[0-9a-f]{64}$ ]] || stop "the checksums of lessonbook $wanted do not name $archive"
get "$archive" "$work/$archive" || stop "lessonbook $wanted names $archive, but does not hold it"
found=$(sum "$work/$archive")
[ "$found" = "$expected" ] || stop "$archive has the checksum $found and should have $expected: it was damaged or replaced, so nothing is run"
mkdir -p "$folder"
tar -xzf "$work/$archive" -C "$folder" --strip-components 1
finish
