#!/bin/bash
# What `peerwatt broker` and `peerwatt broker-user` do; run by that command, as root.
set -euo pipefail

ROOT=${PEERWATT_ROOT:-}
SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=install/parts.sh
. "$SOURCE/install/parts.sh"

main() {
    local command=$1
    shift
    broker_is_ours || fail "there is no broker of ours here (install.sh --broker makes one)"
    case $command in
        broker) renew_broker "$@" ;;
        broker-user) add_broker_user "$@" ;;
        check) check_broker ;;
    esac
}

# renew_broker [--tls-only | --with-plain | --certificate]: the rules, from the parameters as they are.
renew_broker() {
    case ${1:-} in
        '') ;;
        --tls-only) BROKER_TLS_ONLY=yes ;;
        --with-plain) BROKER_TLS_ONLY=no ;;
        --certificate) rm -f "$MOSQUITTO/peerwatt.crt" "$MOSQUITTO/peerwatt.key" ;;
        *) fail "broker takes --tls-only, --with-plain or --certificate, not $1" ;;
    esac
    write_broker_rules
    start_broker
    if is_tls_only; then say_note "without TLS only this machine's programs come in, on 127.0.0.1:1883"; fi
}

# add_broker_user NAME [--for HOME | --home-assistant HOME | --as ROLE]: a home by its name, a person's
# program beside a home, or a relay or utility on another host.
add_broker_user() {
    local name=${1:-} home=
    is_name "$name" || fail "${name:-nothing} is no name: 1 to 64 letters without accents, digits, - and _"
    case ${2:-} in
        '') ;;
        --for | --home-assistant)
            home=${3:-}
            is_name "$home" || fail "$2 takes the name of a home"
            [ "$home" != "$name" ] || fail "$name is the home itself: its program needs a user of its own"
            [ "$2" = --for ] || home=+$home
            ;;
        --as)
            case ${3:-} in relay | utility) home=:$3 ;; *) fail "--as takes relay or utility" ;; esac
            ;;
        *) fail "broker-user takes NAME [--for HOME | --home-assistant HOME | --as relay|utility], not $2" ;;
    esac
    local password
    password=$(new_password)
    put_broker_user "$name" "$password"
    put_reader "$name" "$home"
    write_broker_rules >&2
    if systemd_runs; then systemctl reload-or-restart mosquitto; fi
    cat <<TEXT
mqtt.host: the name or address of this machine, one of its certificate's
mqtt.port: 8883
mqtt.user: $name
in the file that mqtt.ca_file names:
$(cat "$MOSQUITTO/peerwatt.crt")
in the file of mode 0600 that mqtt.password_file names: $password
TEXT
}

is_name() { printf '%s' "$1" | grep -qxE '[A-Za-z0-9_-]{1,64}'; }

# put_reader NAME [HOME | +HOME | :ROLE]: NAME reads and commands that home (+: as Home Assistant), or has
# that role, and is no home.
put_reader() {
    {
        [ ! -e "$MOSQUITTO/peerwatt.readers" ] || awk -v name="$1" '$1 != name' "$MOSQUITTO/peerwatt.readers"
        [ -z "${2:-}" ] || printf '%s %s\n' "$1" "$2"
    } | put_file 0644 root:root "$MOSQUITTO/peerwatt.readers" || true
}

# What a person should know of the broker; it fails nothing.
check_broker() {
    if ! is_tls_only; then
        echo "note  broker: port 1883 takes passwords and readings in the open -> give each home 8883 and the" \
            "certificate (sudo peerwatt broker-user NAME prints it), then: sudo peerwatt broker --tls-only"
    fi
    if ! broker_rules | cmp -s - "$MOSQUITTO/peerwatt.acl"; then
        echo "note  broker: its rules are for other names than the parameters', or of another version ->" \
            "sudo peerwatt broker"
    fi
}

main "$@"
