# shellcheck shell=bash
# Take it away again: the program always, what belongs to the person only when told.

uninstall() {
    local roles role
    mapfile -t roles < <(installed_roles)
    if systemd_runs; then stop_units ${roles[@]+"${roles[@]}"} && say_done "contacts handed back: every home is on its own source"; fi
    for role in ${roles[@]+"${roles[@]}"}; do
        systemctl ${ROOT:+--root="$ROOT"} disable --quiet "peerwatt-$role.service" 2>/dev/null || true
    done
    remove_path "units" "$UNITS"/peerwatt-*.service "$RELAYS_BUS"
    if systemd_runs; then systemctl daemon-reload; fi
    remove_path "program" "$PROGRAM" "$COMMAND" "$(dirname "$MANUAL")"
    remove_path "device rules" "$ROOT/etc/udev/rules.d/60-peerwatt.rules" "$ROOT/etc/modules-load.d/peerwatt.conf"
    remove_broker
    if [ -z "$PURGE" ]; then
        say_note "kept: parameters and passwords in $ETC, accounts and journals in $STATE (--purge removes them)"
        return
    fi
    purge
}

# Whoever has no copy of an account loses its money.
purge() {
    local answer
    if [ -e "$STATE" ] && has_terminal; then
        answer=$(ask "Remove the accounts in $STATE too? Without a backup their money is lost (yes/no)" no)
        [ "$answer" = yes ] || fail "accounts, parameters and journals are kept"
    fi
    remove_path "drop-ins" "$UNITS"/peerwatt-*.service.d
    remove_path "parameters, passwords, accounts and journals" "$ETC" "$STATE"
    remove_path "passwords of the broker" "$MOSQUITTO/peerwatt.passwd"
    local role users=()
    for role in node relay utility page; do users+=("$(user_of "$role")"); done
    remove_users "${users[@]}" "$FORMER_USER"
    local group
    for group in "$READERS" "$VIEWERS"; do
        if [ -z "$ROOT" ] && getent group "$group" >/dev/null; then groupdel "$group"; fi
    done
}
