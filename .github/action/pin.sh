#!/usr/bin/env bash
# Pins the archives of a published release in the action: verifies the attestation of each, then adds its digest to `digests`.
# Usage: .github/action/pin.sh 1.2.3. Needs gh, logged in.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=${1:?usage: pin.sh VERSION}
repository=lessonbook/lessonbook
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
gh release download "v$version" --repo "$repository" --pattern '*.tar.gz' --dir "$work"
for archive in "$work"/*.tar.gz; do
  gh attestation verify "$archive" --repo "$repository" \
    --signer-workflow "$repository/.github/workflows/release.yml" --source-ref "refs/tags/v$version" >&2
  name=$(basename "$archive")
  if grep -q "  $name\$" digests; then
    echo "$name is already pinned" >&2
    exit 1
  fi
  printf '%s  %s\n' "$(sha256sum <"$archive" | cut -d ' ' -f 1)" "$name" >>digests
done
