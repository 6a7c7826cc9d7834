# shellcheck shell=bash
# Start, stop, try and change versions: contacts first at rest, and back to the old one when in doubt.

# The order of rest: homes hand their contacts back, and then their relay goes.
stop_units() {
    local role
    for role in page node utility relay; do
        is_among "$role" "$@" || continue
        systemctl stop "peerwatt-$role.service"
    done
}

# start_units ROLE...: the relay first; 1 = one did not come up.
start_units() {
    local role
    for role in relay utility node page; do
        is_among "$role" "$@" || continue
        systemctl reset-failed "peerwatt-$role.service" 2>/dev/null || true
        systemctl start "peerwatt-$role.service" || return 1
    done
}

running_roles() {
    local role
    systemd_runs || return 0
    for role in $(installed_roles); do
        if systemctl is-active --quiet "peerwatt-$role.service"; then printf '%s\n' "$role"; fi
    done
}

is_among() {
    local wanted=$1 one
    shift
    for one in "$@"; do
        [ "$one" != "$wanted" ] || return 0
    done
    return 1
}

# accepts VERSION ROLE...: whether a version can work with the parameters that are here. A neighbour
# or a chain that does not answer is no reason to refuse it; a file it cannot read, or its end, is.
accepts() {
    local version=$1 role said status
    shift
    for role in "$@"; do
        status=0
        said=$(PEERWATT_ROOT=$ROOT PEERWATT_PROGRAM=$PROGRAM/versions/$version \
            "$PROGRAM/versions/$version/share/peerwatt/install/peerwatt" check "$role" 2>&1) || status=$?
        printf '%s\n' "$said" | sed 's/^/         /'
        case $status:$(printf '%s\n' "$said" | tail -n 1) in
            0:* | 1:*" to mend") ;;
            *)
                say_note "version $version refuses: check of $role ended with $status"
                return 1
                ;;
        esac
    done
}

upgrade() {
    local old new roles running
    old=$(version_in_use) || true
    [ -n "$old" ] || fail "nothing is installed here: run it without --upgrade"
    new=$(version_id "$SOURCE")
    if [ "$new" = "$old" ]; then
        say_already "version $new in use"
        return
    fi
    mapfile -t roles < <(installed_roles)
    install_version "$new"
    provide_asked "$new" "${roles[@]}"
    mapfile -t running < <(running_roles)
    hand_back ${running[@]+"${running[@]}"}
    if needs_former_user "$old"; then separate_users "$new" "${roles[@]}"; fi
    if ! accepts "$new" "${roles[@]}"; then
        take_back "$old" "$new" ${running[@]+"${running[@]}"}
        fail "not upgraded: version $old is in use as before"
    fi
    switch_to "$new" "${roles[@]}"
    if ! start_units ${running[@]+"${running[@]}"}; then
        say_note "version $new does not come up"
        stop_units "${roles[@]}"
        switch_to "$old" "${roles[@]}"
        take_back "$old" "$new" ${running[@]+"${running[@]}"}
        fail "not upgraded: version $old is in use as before"
    fi
    [ "${#running[@]}" = 0 ] || say_done "running again: ${running[*]}"
    rm -rf -- "$PROGRAM/versions/$new/before"
    drop_versions_except "$new" "$old"
    if ! needs_former_user "$old"; then drop_former_user; fi
    say_done "upgraded from $old to $new; parameters, accounts and journal as they were"
}

hand_back() {
    if [ "$#" -gt 0 ]; then
        stop_units "$@"
        say_done "contacts handed back: every home is on its own source while the version changes"
    elif systemd_runs; then
        say_already "contacts at rest: none of ours runs"
    else
        say_note "systemd does not run here, so nothing of ours does: contacts are at rest"
    fi
}

# switch_to VERSION ROLE...: the program and its units.
switch_to() {
    local version=$1
    shift
    use_version "$version"
    install_units "$@"
}

# take_back OLD NEW ROLE...: run again what ran, and leave nothing of what failed.
take_back() {
    local old=$1 new=$2
    shift 2
    unite_users "$new"
    rm -rf -- "$PROGRAM/versions/$new"
    say_done "rolled back to version $old; version $new removed"
    [ "$#" = 0 ] || start_units "$@" || fail "version $old does not start again: see journalctl -u 'peerwatt-*'"
    [ "$#" = 0 ] || say_done "running again: $*"
}
