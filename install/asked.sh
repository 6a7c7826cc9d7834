# shellcheck shell=bash
# What the parameters ask of the machine: packages of the rarer sources, and the bus of a relay's expanders.

RELAYS_BUS=$UNITS/peerwatt-relay.service.d/i2c.conf

# provide_asked VERSION ROLE...: what the parameters name now; nothing is there that they do not name.
provide_asked() {
    local version=$1
    shift
    [ -e "$PARAMETERS" ] || return 0
    if is_among node "$@"; then install_asked_packages "$version"; fi
    if is_among relay "$@"; then give_relay_its_bus "$version"; fi
}

# Each round brings what the packages of the one before need.
install_asked_packages() {
    local lines round names='' missing=
    lines=$(mktemp)
    for round in 1 2 3 4 5; do
        asked "$1" packages "$BUNDLE/$RUN_LOCK" >"$lines"
        [ -s "$lines" ] || break
        missing=$(sed -n 's/^\([a-z0-9-]*\)==.*/\1/p' "$lines" | paste -sd' ')
        if [ "$round" = 5 ] || ! install_lines "$PROGRAM/versions/$1" "$lines"; then
            leave_to_do "Run this again with a network, or a bundle: what a source of $PARAMETERS needs is not here ($missing)"
            break
        fi
        names="$names $missing"
    done
    rm -f "$lines"
    [ -z "$names" ] || say_done "packages that sources of $PARAMETERS need:$names"
}

# install_lines ENVIRONMENT FILE: packages by their digests, of the bundle or of the network.
install_lines() {
    local from=()
    if [ -d "$BUNDLE/wheels" ]; then
        from=(--no-index --find-links "$BUNDLE/wheels")
    elif [ -n "$OFFLINE" ]; then
        return 1
    fi
    quietly "$1/bin/python" "$(pip_of_python)" install -q --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: ${from[@]+"${from[@]}"} -r "$2"
}

give_relay_its_bus() {
    case $(asked "$1" expanders) in
        yes) allow_bus ;;
        no) [ ! -e "$RELAYS_BUS" ] || forbid_bus ;;
    esac
}

forbid_bus() {
    remove_path "the relay's right to use the I2C bus" "$RELAYS_BUS"
    rmdir --ignore-fail-on-non-empty "$(dirname "$RELAYS_BUS")"
    if systemd_runs; then systemctl daemon-reload; fi
}

allow_bus() {
    if put_file 0644 root:root "$RELAYS_BUS" <<'UNIT'; then
# Written by peerwatt's install.sh: the parameters name port expanders.
[Service]
SupplementaryGroups=i2c
DeviceAllow=char-i2c* rw
UNIT
        make_group i2c
        enable_buses
        say_done "the relay may use the I2C bus, for its expanders"
        if systemd_runs; then systemctl daemon-reload; fi
    else
        say_already "the relay may use the I2C bus"
    fi
}

make_group() {
    [ -n "$ROOT" ] || getent group "$1" >/dev/null || groupadd --system "$1"
}

# asked VERSION WHAT...: the answer of install/asked.py; none where the parameters cannot be read.
asked() {
    local version=$1
    shift
    "$(python_of "$version")" -P "$SOURCE/install/asked.py" "$PARAMETERS" "$@" 2>/dev/null || true
}
