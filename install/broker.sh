# shellcheck shell=bash
# The street's broker, where it is wanted: never open, neither while it is being set up nor after.

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

# configure_broker ROLE...: for these programs of this host, and for other homes.
configure_broker() {
    if ! broker_is_ours && listens_already; then
        say_note "mosquitto has a configuration of somebody's here, which is left as it is"
        leave_to_do "Give Peerwatt a user at your broker, and name it under mqtt in $ETC/parameters.yml"
        return
    fi
    write_broker_users "$@"
    write_broker_rules
    start_broker
}

# Someone who has configured a listener runs a broker of his own.
listens_already() {
    grep -qsE '^[[:space:]]*(listener|port)[[:space:]]' "$MOSQUITTO/mosquitto.conf" "$MOSQUITTO"/conf.d/*.conf
}

# write_broker_users ROLE...: one for each program of this host, with a password that it alone can
# read; `peerwatt broker-user` adds one for each other home.
write_broker_users() {
    local role user password made=()
    for role in "$@"; do
        user=$(user_of "$role")
        if [ -e "$ETC/mqtt.password.$role" ] && has_broker_user "$user"; then continue; fi
        password=$(new_password)
        put_broker_user "$user" "$password"
        printf '%s\n%s\n' "$password" "$user" | put_file 0600 "$user:$user" "$ETC/mqtt.password.$role" || true
        made+=("$user")
    done
    if [ "${#made[@]}" -gt 0 ]; then
        BROKER_CHANGED=yes
        say_done "the broker's users ${made[*]}, each with a password of its own in $ETC"
    else
        say_already "the broker's users"
    fi
}

# Names are compared as they are: a dot in one stands for nothing else.
has_broker_user() { cut -d: -f1 "$MOSQUITTO/peerwatt.passwd" 2>/dev/null | grep -qxF -- "$1"; }

broker_users_except() { [ ! -e "$MOSQUITTO/peerwatt.passwd" ] || awk -F: -v name="$1" '$1 != name' "$MOSQUITTO/peerwatt.passwd"; }

# put_broker_user NAME PASSWORD: by a file and not as a word, so that no list of processes shows it.
put_broker_user() {
    local sealed
    sealed=$(mktemp)
    printf '%s:%s\n' "$1" "$2" >"$sealed"
    mosquitto_passwd -U "$sealed"
    broker_users_except "$1" >>"$sealed"
    put_file 0640 root:mosquitto "$MOSQUITTO/peerwatt.passwd" <"$sealed" || true
    rm -f "$sealed"
}

# What every program of this host had before each got a user of its own.
drop_former_broker_user() {
    remove_path "the broker's password of $FORMER_USER" "$ETC/mqtt.password"
    has_broker_user "$FORMER_USER" || return 0
    broker_users_except "$FORMER_USER" | put_file 0640 root:mosquitto "$MOSQUITTO/peerwatt.passwd"
    BROKER_CHANGED=yes
    say_done "the broker's user $FORMER_USER removed"
}

write_broker_rules() {
    local changed=
    if put_file 0640 root:mosquitto "$MOSQUITTO/peerwatt.acl" <<RULES; then changed=yes; fi
# Written by peerwatt's install.sh. This host's own:
$(rules_of_this_host)

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

rules_of_this_host() {
    local role user users=()
    for role in node relay utility; do users+=("$(user_of "$role")"); done
    if has_broker_user "$FORMER_USER"; then users+=("$FORMER_USER"); fi
    for user in "${users[@]}"; do printf 'user %s\ntopic readwrite peerwatt/#\n' "$user"; done
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
