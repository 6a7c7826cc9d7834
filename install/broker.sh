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
    make_certificate
    if broker_rules | put_file 0640 root:mosquitto "$MOSQUITTO/peerwatt.acl"; then changed=yes; fi
    if broker_configuration | put_file 0644 root:root "$MOSQUITTO/conf.d/peerwatt.conf"; then changed=yes; fi
    if [ -n "$changed" ]; then
        BROKER_CHANGED=yes
        say_done "the broker's rules: a password and access rules for everybody, TLS on port 8883"
    else
        say_already "the broker's rules"
    fi
}

# The program's own, which reads the parameters as all programs do, once there is one.
python_of_program() {
    local own=$PROGRAM/current/bin/python
    if [ -x "$own" ]; then printf '%s\n' "$own"; else echo python3; fi
}

# Who may write what: each topic of a home is named, so that what it leaves is bounded.
broker_rules() {
    local role user home words=()
    for role in node relay utility; do words+=(--host "$(user_of "$role")=$role"); done
    if has_broker_user "$FORMER_USER"; then words+=(--host "$FORMER_USER=all"); fi
    if [ -e "$MOSQUITTO/peerwatt.readers" ]; then
        while read -r user home; do
            case $home in
                :*) words+=(--host "$user=${home#:}") ;;
                +*) words+=(--home-assistant "$user=${home#+}") ;;
                *) words+=(--reader "$user=$home") ;;
            esac
        done <"$MOSQUITTO/peerwatt.readers"
    fi
    "$(python_of_program)" -P "$SOURCE/install/broker_rules.py" --parameters "$ETC/parameters.yml" "${words[@]}"
}

# A user is one client, whatever id it gives, so nobody takes over another's. Packets and what waits
# for a client are bounded.
broker_configuration() {
    cat <<RULES
# Written by peerwatt: the street may come in, and nobody without a password.
allow_anonymous false
password_file /etc/mosquitto/peerwatt.passwd
acl_file /etc/mosquitto/peerwatt.acl
max_packet_size 140000
message_size_limit 131072
max_inflight_messages 20
max_queued_messages 1000
max_queued_bytes 2097152
persistent_client_expiration 1d

$(plain_listener)
use_username_as_clientid true

listener 8883
use_username_as_clientid true
certfile /etc/mosquitto/peerwatt.crt
keyfile /etc/mosquitto/peerwatt.key
RULES
}

# Without TLS the street may come in until the person says that nobody needs it any more.
plain_listener() {
    if is_tls_only; then echo "listener 1883 127.0.0.1"; else echo "listener 1883"; fi
}

is_tls_only() {
    case ${BROKER_TLS_ONLY:-as_it_is} in
        yes) return 0 ;;
        no) return 1 ;;
        *) grep -qsx "listener 1883 127.0.0.1" "$MOSQUITTO/conf.d/peerwatt.conf" ;;
    esac
}

# The certificate names this machine as homes may: by its name, on the local network, by address.
make_certificate() {
    local name names address fresh
    if [ -e "$MOSQUITTO/peerwatt.crt" ] && [ -e "$MOSQUITTO/peerwatt.key" ]; then
        say_already "the broker's certificate"
        return
    fi
    command -v openssl >/dev/null || install_packages openssl
    name=$(hostname)
    names=DNS:$name,DNS:$name.local,DNS:localhost,IP:127.0.0.1
    for address in $(hostname -I 2>/dev/null || true); do
        case $address in 127.* | *:*) ;; *) names=$names,IP:$address ;; esac
    done
    fresh=$(mktemp -d)
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7300 -sha256 \
        -subj "/CN=$name" -addext "subjectAltName=$names" \
        -addext "keyUsage=critical,digitalSignature,keyCertSign" \
        -keyout "$fresh/key" -out "$fresh/crt" 2>/dev/null
    put_file 0640 root:mosquitto "$MOSQUITTO/peerwatt.key" <"$fresh/key" || true
    put_file 0644 root:root "$MOSQUITTO/peerwatt.crt" <"$fresh/crt" || true
    put_file 0644 root:root "$ETC/broker.crt" <"$fresh/crt" || true
    rm -rf -- "$fresh"
    BROKER_CHANGED=yes
    say_done "the broker's certificate, for ${names//,/, }"
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
    rm -f "$MOSQUITTO"/conf.d/peerwatt.conf "$MOSQUITTO"/peerwatt.{acl,crt,key,readers} "$ETC/broker.crt"
    say_done "mosquitto stopped, and our rules for it removed (the package stays)"
}
