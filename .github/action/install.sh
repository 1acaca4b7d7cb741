#!/usr/bin/env bash
# Puts lessonbook into the job's path: a released binary that is pinned or attested, or what `version` asks for explicitly.
# Input: ACTION_VERSION, ACTION_PATH, GH_TOKEN for attestations, and what a runner sets. LESSONBOOK_RELEASES and LESSONBOOK_DIGESTS
# name another place for releases and for pinned digests.
set -euo pipefail

stop() { # what is wrong, and what to do, on one line
  printf '::error title=lessonbook action::%s\n' "${1//[$'\r\n']/ }"
  exit 2
}

# On Windows the runner names folders with a drive letter, which tar reads as the name of another machine.
posix() { if command -v cygpath >/dev/null; then cygpath -u "$1"; else printf '%s\n' "$1"; fi; }
native() { if command -v cygpath >/dev/null; then cygpath -w "$1"; else printf '%s\n' "$1"; fi; }

version=${ACTION_VERSION:-}
here=$(posix "${ACTION_PATH:?}")
temp=$(posix "${RUNNER_TEMP:?}")
repository=lessonbook/lessonbook
releases=${LESSONBOOK_RELEASES:-https://github.com/$repository/releases/download}
digests=${LESSONBOOK_DIGESTS:-$here/.github/action/digests}
folder=$temp/lessonbook-bin
own=$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml" | head -n 1)
choice="set \`version: source\` to build it in this job (some minutes, needs Rust), or \`version: installed\` to use a lessonbook that is already on the path"

finish() {
  native "$folder" >>"${GITHUB_PATH:?}"
  "$folder/lessonbook" --version
  exit 0
}

case $version in
  installed)
    command -v lessonbook >/dev/null || stop "version is \`installed\`, but there is no lessonbook on the job's path: install it in an earlier step"
    lessonbook --version
    exit 0
    ;;
  source)
    command -v cargo >/dev/null || stop "version is \`source\`, but this runner has no cargo: install Rust in an earlier step"
    printf 'building lessonbook %s from source\n' "$own"
    cargo install --quiet --locked --force --path "$(native "$here")" --root "$(native "$temp/lessonbook-built")"
    mkdir -p "$folder"
    cp "$temp/lessonbook-built/bin/lessonbook"* "$folder/"
    finish
    ;;
esac
asked=${version#v}
wanted=${asked:-$own}
[[ $wanted =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || stop "\`$version\` is not a version: write 1.2.3, source or installed"

case "${RUNNER_OS:-}/${RUNNER_ARCH:-}" in
  Linux/X64) platform=x86_64-unknown-linux-musl ;;
  Linux/ARM64) platform=aarch64-unknown-linux-musl ;;
  macOS/X64) platform=x86_64-apple-darwin ;;
  macOS/ARM64) platform=aarch64-apple-darwin ;;
  Windows/X64) platform=x86_64-pc-windows-msvc ;;
  *) stop "no binary is released for ${RUNNER_OS:-this system} on ${RUNNER_ARCH:-this processor}: $choice" ;;
esac

archive=lessonbook-$wanted-$platform.tar.gz
work=$(mktemp -d "$temp/lessonbook-get.XXXXXX")
# The status distinguishes a release that does not exist from a network that fails.
status=$(curl --silent --show-error --location --retry 3 --max-time 300 --output "$work/$archive" --write-out '%{http_code}' \
  "$releases/v$wanted/$archive") || stop "$releases/v$wanted/$archive can't be reached"
case $status in
  200) ;;
  404) stop "lessonbook $wanted is not released for $platform: $choice" ;;
  *) stop "$releases/v$wanted/$archive answers with status $status" ;;
esac

sum() { # file
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

# A checksum file of the same release proves nothing: who can replace the archive can replace it, too. So the digest comes from
# this action, which the workflow pins by commit; for a release that is newer, from the attestation of the release workflow.
expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$digests")
if [ -n "$expected" ]; then
  found=$(sum "$work/$archive")
  [ "$found" = "$expected" ] || stop "$archive has the digest $found instead of $expected, which this action pins: it is damaged or was replaced, so it is not run"
else
  command -v gh >/dev/null || stop "this action does not pin $archive, and the runner has no gh to verify its attestation: $choice"
  gh attestation verify "$work/$archive" --repo "$repository" \
    --signer-workflow "$repository/.github/workflows/release.yml" --source-ref "refs/tags/v$wanted" >&2 ||
    stop "the attestation of $archive is not valid, so it is not run: see the lines above"
fi
mkdir -p "$folder"
tar -xzf "$work/$archive" -C "$folder" --strip-components 1
finish
