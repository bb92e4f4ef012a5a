#!/usr/bin/env bash
# Runs the tests of the report page in Chromium: integration_tests/browser/run.sh PYTEST. `make browser-test` calls it.
#
# On Debian, as root, it installs Chromium and its driver where they are missing.
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

"$pytest" -q -m browser integration_tests/browser
