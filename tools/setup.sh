#!/bin/bash
# Set up a checkout for the village and the tests: Debian packages, Python's and npm's. Nothing is installed
# that is there already, so a second run needs no network. `tools/setup.sh machine` adds what emulates a Pi,
# `tools/setup.sh peers` what builds a Debian for other people's programs, `tools/setup.sh chains` their chains.
set -eu

STAMP=.venv/.set-up
NODE_STAMP=contracts/node_modules/.set-up
CLUSTER_CONF=/etc/postgresql-common/createcluster.conf
PROMTOOL=.run/prometheus/usr/bin/promtool

main() {
    cd "$(dirname "$0")/.."
    case ${1:-} in machine | peers) require_builder "$1" ;; esac
    install_packages "$@"
    install_python
    install_npm
    install_for_tests browser "what looks at the pages"
    install_for_tests aedes "a broker of MQTT 3.1.1"
    if [ "${1:-}" = chains ]; then install_for_tests chains "other people's chains"; fi
    unpack_promtool
}

# Name the Debian packages that are missing.
missing_packages() {
    PATH="$PATH:/usr/sbin" command -v mosquitto >/dev/null || echo mosquitto
    command -v systemd-analyze >/dev/null || echo systemd
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    command -v openssl >/dev/null || echo openssl
    command -v chromium >/dev/null || echo chromium
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || echo postgresql
    python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
    case ${1:-} in machine | peers) "missing_for_$1" ;; esac
}

missing_for_peers() { command -v mmdebstrap >/dev/null || echo mmdebstrap; }

missing_for_machine() {
    command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
    command -v qemu-img >/dev/null || echo qemu-utils
    command -v mmdebstrap >/dev/null || echo mmdebstrap
    PATH="$PATH:/usr/sbin:/sbin" command -v mke2fs >/dev/null || echo e2fsprogs
    command -v ssh-keygen >/dev/null || echo openssh-client
}

require_builder() {
    [ "$(id -u)" = 0 ] ||
        fail "This test builds a Debian file system, which takes root: sudo make test-$([ "$1" = machine ] && echo pi || echo "$1")"
    [ "$(uname -m)" = x86_64 ] ||
        fail "This test builds a PC's Debian on one (x86-64); this is $(uname -m)."
}

install_packages() {
    local packages
    packages=$(missing_packages "$@")
    [ -n "$packages" ] || return 0
    if ! command -v apt-get >/dev/null; then
        fail "Please install these by hand: $(echo "$packages" | tr '\n' ' ')"
    fi
    echo "setup: installing ${packages//$'\n'/ }"
    forbid_services
    trap allow_services EXIT
    case $packages in *postgresql*) forbid_cluster ;; esac
    as_root apt-get update -qq
    # One word a package: the names have no spaces.
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $packages >/dev/null
    allow_services
    trap - EXIT
    # The village and the tests start their own; the distribution's must not start at the next boot.
    local service
    for service in mosquitto postgresql; do
        if echo "$packages" | grep -qx "$service" && [ -d /run/systemd/system ]; then
            as_root systemctl disable --quiet --now "$service"
        fi
    done
}

# The package would make a cluster of databases, which its service starts at each boot: the tests make one of their own.
forbid_cluster() {
    [ ! -e "$CLUSTER_CONF" ] || return 0
    as_root mkdir -p "${CLUSTER_CONF%/*}"
    printf '# made by peerwatt\ncreate_main_cluster = false\n' | as_root tee "$CLUSTER_CONF" >/dev/null
}

# A policy of 101 keeps packages from starting their services (Debian policy 9.3.3).
forbid_services() {
    [ ! -e /usr/sbin/policy-rc.d ] || return 0
    printf '#!/bin/sh\n# made by peerwatt\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod +x /usr/sbin/policy-rc.d
}

allow_services() {
    if grep -qs 'made by peerwatt' /usr/sbin/policy-rc.d; then
        as_root rm -f /usr/sbin/policy-rc.d
    fi
    if grep -qs 'made by peerwatt' "$CLUSTER_CONF"; then
        as_root cp /usr/share/postgresql-common/createcluster.conf "$CLUSTER_CONF" ||
            as_root rm -f "$CLUSTER_CONF"
    fi
}

install_python() {
    [ ! -e "$STAMP" ] || [ pyproject.toml -nt "$STAMP" ] || [ requirements.lock -nt "$STAMP" ] ||
        return 0
    python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
        fail "Peerwatt needs Python 3.11, 3.12 or 3.13; this is $(python3 --version)."
    echo "setup: installing Python packages into .venv"
    [ -x .venv/bin/python ] || python3 -m venv .venv
    # Nothing comes from outside but the files whose hashes are in the lock; ours is built from them.
    .venv/bin/python -m pip install -q --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements.lock
    .venv/bin/python -m pip install -q --disable-pip-version-check \
        --no-index --no-deps --no-build-isolation -e .
    touch "$STAMP"
}

install_npm() {
    [ ! -e "$NODE_STAMP" ] || [ contracts/package-lock.json -nt "$NODE_STAMP" ] || return 0
    echo "setup: installing the chain and the compiler into contracts/node_modules"
    (cd contracts && npm ci --silent --ignore-scripts --no-audit --no-fund)
    local machine
    machine=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
    if [ ! -e "contracts/node_modules/@foundry-rs/anvil-linux-$machine/bin/anvil" ]; then
        fail "npm has no anvil for this machine ($machine): run the village on a 64-bit PC."
    fi
    touch "$NODE_STAMP"
}

# install_for_tests FOLDER WHAT: npm's packages of a folder of the tests.
install_for_tests() {
    local folder=tests/$1 stamp
    stamp=$folder/node_modules/.set-up
    [ ! -e "$stamp" ] || [ "$folder/package-lock.json" -nt "$stamp" ] || return 0
    echo "setup: installing $2 into $folder/node_modules"
    (cd "$folder" && npm ci --silent --ignore-scripts --no-audit --no-fund)
    touch "$stamp"
}

# Only what reads the metrics comes out of the package, which would start a service of its own.
unpack_promtool() {
    [ ! -x "$PROMTOOL" ] || return 0
    echo "setup: unpacking promtool into .run/prometheus"
    command -v apt-get >/dev/null || fail "Please put promtool (of Prometheus) at $PROMTOOL."
    local scratch
    scratch=$(mktemp -d)
    (cd "$scratch" && download_prometheus) || fail "apt-get cannot download prometheus."
    mkdir -p .run/prometheus
    dpkg-deb --fsys-tarfile "$scratch"/prometheus_*.deb |
        tar -x -C .run/prometheus --no-same-owner ./usr/bin/promtool
    rm -rf "$scratch"
}

# A fresh machine has no lists of packages yet, and old ones may name what is gone.
download_prometheus() {
    apt-get download -qq prometheus 2>/dev/null ||
        { as_root apt-get update -qq && apt-get download -qq prometheus; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

fail() {
    echo "setup: $1" >&2
    exit 1
}

main "$@"
