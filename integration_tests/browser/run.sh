#!/usr/bin/env bash
# Runs the tests of the report page in Chromium: integration_tests/browser/run.sh PYTEST. `make browser-test` calls it.
#
# On Debian, as root, it installs Chromium and its driver where they are missing. The accessibility checker comes from PyPI.
set -euo pipefail
cd "$(dirname "$0")/../.."
pytest=$1

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "This needs ${missing[*]}: install them. On Debian, as root, they are installed for you." >&2
    exit 1
  fi
  echo "Installing ${missing[*]} …" >&2
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 \
    || { cat "$log" >&2; exit 1; }
fi

axe=.venvs/axe
if ! cmp -s integration_tests/browser/axe-requirements.txt "$axe/.done"; then
  rm -rf "$axe"
  "$(dirname "$pytest")/python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes \
    --target "$axe" --requirement integration_tests/browser/axe-requirements.txt
  cp integration_tests/browser/axe-requirements.txt "$axe/.done"
fi

"$pytest" -q -m browser integration_tests/browser
