# shellcheck shell=bash
# The street's broker, where it is wanted: never open, neither while it is being set up nor after.

BROKER_USER=peerwatt
MOSQUITTO=$ROOT/etc/mosquitto

broker_is_ours() { [ -e "$MOSQUITTO/conf.d/peerwatt.conf" ]; }

provide_broker() {
    if PATH=$PATH:/usr/sbin command -v mosquitto >/dev/null; then
        say_already "Debian's mosquitto"
        return
    fi
    [ -z "$ROOT" ] || fail "mosquitto is missing"
    install_packages mosquitto
    # Until it has its passwords it must not start, not even after a power cut in between.
    systemctl disable --quiet mosquitto 2>/dev/null || true
}

configure_broker() {
    if ! broker_is_ours && listens_already; then
        say_note "mosquitto has a configuration of somebody's here, which is left as it is"
        leave_to_do "Give Peerwatt a user at your broker, and name it under mqtt in $ETC/parameters.yml"
        return
    fi
    write_broker_users
    write_broker_rules
    start_broker
}

# Someone who has configured a listener runs a broker of his own.
listens_already() {
    grep -qsE '^[[:space:]]*(listener|port)[[:space:]]' "$MOSQUITTO/mosquitto.conf" "$MOSQUITTO"/conf.d/*.conf
}

# This host's own user; `peerwatt broker-user` adds one for each other home.
write_broker_users() {
    local password sealed
    if [ -e "$ETC/mqtt.password" ] && [ -e "$MOSQUITTO/peerwatt.passwd" ]; then
        say_already "the broker's users"
        return
    fi
    password=$(new_password)
    sealed=$(mktemp)
    printf '%s:%s\n' "$BROKER_USER" "$password" >"$sealed"
    mosquitto_passwd -U "$sealed"
    put_file 0640 root:mosquitto "$MOSQUITTO/peerwatt.passwd" <"$sealed" || true
    rm -f "$sealed"
    put_file 0600 "$OWNER:$OWNER" "$ETC/mqtt.password" <<<"$password" || true
    say_done "the broker's user $BROKER_USER, with a password in $ETC/mqtt.password"
}

write_broker_rules() {
    local changed=
    if put_file 0640 root:mosquitto "$MOSQUITTO/peerwatt.acl" <<RULES; then changed=yes; fi
# Written by peerwatt's install.sh. This host's own:
user $BROKER_USER
topic readwrite peerwatt/#

# Every home reads the street, writes below its own name, and speaks to relays (in signed lines).
pattern read peerwatt/#
pattern readwrite peerwatt/+/%u/#
pattern write peerwatt/+/+/command
RULES
    if put_file 0644 root:root "$MOSQUITTO/conf.d/peerwatt.conf" <<RULES; then changed=yes; fi
# Written by peerwatt's install.sh: the street may come in, and nobody without a password.
listener 1883
allow_anonymous false
password_file /etc/mosquitto/peerwatt.passwd
acl_file /etc/mosquitto/peerwatt.acl
RULES
    if [ -n "$changed" ]; then
        BROKER_CHANGED=yes
        say_done "the broker's rules: a password and access rules for everybody"
    else
        say_already "the broker's rules"
    fi
}

start_broker() {
    if [ -z "$ROOT" ] && ! systemctl is-enabled --quiet mosquitto; then
        systemctl enable --quiet mosquitto 2>/dev/null
        say_done "mosquitto starts at each boot"
    else
        say_already "mosquitto starts at each boot"
    fi
    systemd_runs || return 0
    if [ -n "${BROKER_CHANGED:-}" ] || ! systemctl is-active --quiet mosquitto; then
        systemctl restart mosquitto
        say_done "mosquitto runs with these rules"
    else
        say_already "mosquitto runs with these rules"
    fi
}

remove_broker() {
    if ! broker_is_ours; then
        say_already "no broker of ours"
        return
    fi
    if systemd_runs; then systemctl disable --quiet --now mosquitto; elif [ -z "$ROOT" ]; then systemctl disable --quiet mosquitto 2>/dev/null || true; fi
    rm -f "$MOSQUITTO"/conf.d/peerwatt.conf "$MOSQUITTO"/peerwatt.acl
    say_done "mosquitto stopped, and our rules for it removed (the package stays)"
}
