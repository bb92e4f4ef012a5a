#!/usr/bin/env bash
# Builds the image and runs the tests of it: integration_tests/image/run.sh PYTEST. `make image-test` calls it.
#
# With a Docker daemon it builds on the published base. Without one it takes podman and, unless BASE_IMAGE names a base,
# makes a stand-in for the published one; on Debian, as root, it installs what that takes.
set -euo pipefail
cd "$(dirname "$0")/../.."
pytest=$1
here=integration_tests/image
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
step() { printf '[%3ss] %s\n' "$SECONDS" "$*" >&2; }

install_tools() {
  local missing=()
  for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "This needs ${missing[*]}: install them, or start Docker. On Debian, as root, they are installed for you." >&2
    exit 1
  fi
  step "Installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >"$work/apt.log" 2>&1 \
    || { cat "$work/apt.log" >&2; exit 1; }
}

# Without systemd podman's defaults can't work: there are no sessions to keep cgroups in, and often no right to raise limits.
configure_podman() {
  [ -d /run/systemd/system ] && return
  local open_files
  open_files=$(ulimit -Hn)
  [ "$open_files" = unlimited ] && open_files=1048576
  cat >"$work/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=1024:$open_files", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
  export CONTAINERS_CONF=$work/containers.conf BUILDAH_ISOLATION=chroot
}

make_stand_in_base() {
  local debian=localhost/debian-python:trixie mirror
  step "Debian trixie with its Python, as an image"
  # shellcheck disable=SC2016 # apt-get fills it in
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sed 1q)
  # shellcheck disable=SC2016 # mmdebstrap fills it in
  mmdebstrap --quiet --variant=apt --include=python3,passwd,ca-certificates,tzdata \
    --customize-hook='rm -f "$1/etc/resolv.conf" "$1/etc/hostname"' trixie - ${mirror:+"$mirror"} | podman import --quiet - $debian >/dev/null
  step "The stand-in base"
  "${pytest%/*}/python" -m pip download --quiet --no-deps --dest "$work/base" pip==24.0 setuptools==70.0.0
  podman build --quiet --pull=never --build-arg DEBIAN=$debian --tag "$BASE_IMAGE" --file $here/base.Containerfile "$work/base" >/dev/null
}

if docker info >/dev/null 2>&1; then
  CONTAINER_ENGINE=$(command -v docker)
else
  tools=(podman runc)
  [ -n "${BASE_IMAGE:-}" ] || tools+=(mmdebstrap)
  install_tools "${tools[@]}"
  CONTAINER_ENGINE=$(command -v podman)
  configure_podman
  if [ -z "${BASE_IMAGE:-}" ]; then
    export BASE_IMAGE=localhost/python-connector-base:stand-in
    podman image exists "$BASE_IMAGE" || make_stand_in_base
  fi
fi
export CONTAINER_ENGINE

# Where TLS is intercepted the machine's own trust store knows by whom.
export SSL_CERT_FILE=${SSL_CERT_FILE:-$("${pytest%/*}/python" -c 'import ssl; print(ssl.get_default_verify_paths().cafile or "")')}
image=source-usage-metrics/source-usage-metrics:image-test
step "The unit tests and the syncs of both streams, on the Python of the base image"
make image IMAGE=source-usage-metrics/tests:image-test BUILD_OPTIONS="--file $here/tests.Containerfile"
tar --create --exclude-vcs --exclude='./.venvs' --exclude='./.tmp' --exclude='./.*_cache' --exclude=./secrets . \
  | "$CONTAINER_ENGINE" run --rm --interactive --network=host source-usage-metrics/tests:image-test

step "The image"
make image IMAGE="$image"
step "The tests"
PATH=$PWD/$here/bin:$PATH "$pytest" -q -n 2 --dist loadgroup -m image_tests -k "not backward_compatibility" \
  --connector-image "$image" --read-from-streams=all --read-scenarios=tokens,app_and_jwt,found_with_enterprise,older_endpoint,refused \
  $here integration_tests/test_airbyte_standards.py
