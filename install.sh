#!/bin/bash
# Install Peerwatt on Raspberry Pi OS or Debian, 64-bit: sudo ./install.sh --node
# Each step says `done` or `already`; a second run changes nothing. docs/install.md tells the rest.
set -eu

usage() {
    cat <<'TEXT'
usage: sudo ./install.sh [--node] [--relay] [--utility] [--page] [OPTIONS]

  --node, --relay, --utility   what this machine is to be; several are fine (--role node,relay too)
  --page                       a web page of what runs here, beside it or later
  --broker, --no-broker        with or without a broker (mosquitto) for the street
  --offline DIR                packages from a directory that `make bundle` made (--wheels is the same)
  --upgrade                    to this version, and back when its check refuses
  --uninstall [--purge]        take the program away; with --purge accounts and parameters, too
  --help

Without a role it asks, or takes the roles that are installed already.
TEXT
}

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# A bundle brings its wheels along.
BUNDLE=$SOURCE
OFFLINE='' PURGE='' BROKER=''
ACTION=''
ROLES=()

# shellcheck source=install/parts.sh
. "$SOURCE/install/parts.sh"

main() {
    read_words "$@"
    umask 022
    case $ACTION in
        '')
            choose_roles
            require_system
            install
            tell_what_is_left
            ;;
        upgrade)
            require_system
            upgrade
            ;;
        uninstall)
            require_system
            uninstall
            ;;
    esac
}

read_words() {
    while [ "$#" -gt 0 ]; do
        case $1 in
            --role | --offline | --wheels) [ "$#" -ge 2 ] || misuse "$1 takes a word behind it" ;;
        esac
        case $1 in
            --node | --relay | --utility | --page) add_role "${1#--}" ;;
            --role) add_roles "${2:-}" && shift ;;
            --role=*) add_roles "${1#*=}" ;;
            --broker) choose_once BROKER yes "--broker or --no-broker" ;;
            --no-broker) choose_once BROKER no "--broker or --no-broker" ;;
            --offline | --wheels) use_bundle "${2:-}" && shift ;;
            --offline=* | --wheels=*) use_bundle "${1#*=}" ;;
            --upgrade) choose_once ACTION upgrade "--upgrade or --uninstall" ;;
            --uninstall) choose_once ACTION uninstall "--upgrade or --uninstall" ;;
            --purge) PURGE=yes ;;
            --help | -h) usage && exit 0 ;;
            *) misuse "what is $1?" ;;
        esac
        shift
    done
    [ -z "$PURGE" ] || [ "$ACTION" = uninstall ] || misuse "--purge goes with --uninstall"
    # Whoever takes one role away would lose all of them.
    [ -z "$ACTION" ] || [ "${#ROLES[@]}" = 0 ] || misuse "--$ACTION is of all roles that are installed: name none"
    [ -z "$ACTION" ] || [ -z "$BROKER" ] || misuse "--$ACTION leaves the broker as it is"
}

# choose_once NAME VALUE WORDS: a second, other choice is a contradiction.
choose_once() {
    [ -z "${!1}" ] || [ "${!1}" = "$2" ] || misuse "$3, not both"
    printf -v "$1" '%s' "$2"
}

add_roles() {
    local role
    [ -n "${1//[, ]/}" ] || misuse "a role is missing: node, relay, utility or page"
    for role in ${1//,/ }; do add_role "$role"; done
}

add_role() {
    case $1 in
        node | relay | utility | page) is_among "$1" ${ROLES[@]+"${ROLES[@]}"} || ROLES+=("$1") ;;
        *) misuse "there is no role $1: node, relay, utility or page" ;;
    esac
}

use_bundle() {
    [ -d "$1/wheels" ] || misuse "$1 is no directory that make bundle made"
    BUNDLE=$(cd "$1" && pwd)
    OFFLINE=$BUNDLE
    # A bundle holds the installer of its own version, too.
    SOURCE=$BUNDLE
}

choose_roles() {
    [ "${#ROLES[@]}" = 0 ] || return 0
    mapfile -t ROLES < <(installed_roles)
    [ "${#ROLES[@]}" = 0 ] || return 0
    has_terminal || misuse "say what this machine is to be: --node, --relay, --utility or --page"
    add_roles "$(ask "What is this machine to be: node, relay, utility, page, or several with commas?" node)"
}

install() {
    local new street
    mapfile -t street < <(street_roles "${ROLES[@]}")
    new=$(version_id "$SOURCE")
    if [ -n "$(version_in_use)" ] && [ "$(version_in_use)" != "$new" ]; then
        fail "version $(version_in_use) is in use here: --upgrade changes it to $new"
    fi
    provide_python
    choose_broker
    if [ "$BROKER" = yes ]; then provide_broker; fi
    make_users "${ROLES[@]}"
    make_groups "${ROLES[@]}"
    write_device_rules
    if is_among node "${ROLES[@]}"; then enable_buses; fi
    make_folders "${ROLES[@]}"
    install_version "$new"
    use_version "$new"
    if [ "$BROKER" = yes ]; then configure_broker ${street[@]+"${street[@]}"}; fi
    install_units "${ROLES[@]}"
    if [ "${#street[@]}" -gt 0 ]; then
        write_parameters "${street[@]}"
        if ! parameters_are_edited; then leave_to_do "Edit $PARAMETERS (sudo nano $PARAMETERS)"; fi
        provide_asked "$new" "${street[@]}"
    fi
    if has_page "${ROLES[@]}"; then write_page_parameters; fi
    local role
    for role in node utility; do
        if is_among "$role" "${ROLES[@]}"; then make_account "$role"; fi
    done
    enable_units "${ROLES[@]}"
    start_or_leave ${street[@]+"${street[@]}"}
    if is_among page "${ROLES[@]}"; then start_page; fi
    offer_backups
}

# Only what has an account loses money with the card.
offer_backups() {
    if is_among node "${ROLES[@]}"; then
        leave_to_do "Make a backup and keep it elsewhere: sudo peerwatt backup FILE"
    fi
    if is_among utility "${ROLES[@]}"; then
        leave_to_do "Make a backup of the utility, too: sudo peerwatt backup FILE --role utility"
    fi
}

# A street needs one broker; it runs best where the relay or the utility does.
choose_broker() {
    [ -z "$BROKER" ] || return 0
    if broker_is_ours; then
        BROKER=yes
    elif [ ! -e "$PARAMETERS" ] && { is_among relay "${ROLES[@]}" || is_among utility "${ROLES[@]}"; }; then
        BROKER=$(ask "Is the street's broker (mosquitto, with passwords) to run here, yes or no?" no)
    fi
}

# start_or_leave ROLE...: what nobody has edited yet, or the program refuses, is not started; it is told
# what to do.
start_or_leave() {
    local role names=()
    [ "$#" -gt 0 ] || return 0
    for role in "$@"; do names+=("peerwatt-$role"); done
    if ! parameters_are_edited; then
        leave_to_do "Look whether all is well: sudo peerwatt check"
        leave_to_do "Start: sudo systemctl start ${names[*]} (they start at each boot, too)"
        return
    fi
    if ! systemd_runs; then
        say_note "systemd does not run here: the units are enabled, and start at the next boot"
        return
    fi
    for role in relay utility node; do
        if is_among "$role" "$@"; then start_role "$role"; fi
    done
    leave_to_do "Look whether all is well: sudo peerwatt check"
}

start_role() {
    if systemctl is-active --quiet "peerwatt-$1"; then
        say_already "peerwatt-$1 runs"
    elif systemctl start "peerwatt-$1"; then
        say_done "peerwatt-$1 runs"
    else
        leave_to_do "peerwatt-$1 does not start: sudo journalctl -u peerwatt-$1 -n 20"
    fi
}

# It runs with its first parameters, too: until it has a password nobody elsewhere can look.
start_page() {
    if systemd_runs; then start_role page; fi
    if [ ! -e "$STATE/page/password.json" ]; then
        leave_to_do "Give the page its password: sudo peerwatt page password (until then only this machine may look)"
    fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    main "$@"
fi
