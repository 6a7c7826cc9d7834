# shellcheck shell=bash
# From one user for all programs to one for each, and back: each version finds its state as its own.

# Whether a version's programs all run as the one user.
needs_former_user() { grep -qsx "User=$FORMER_USER" "$PROGRAM/versions/$1"/share/peerwatt/systemd/*.service; }

former_user_exists() { [ -z "$ROOT" ] && id -u "$FORMER_USER" >/dev/null 2>&1; }

# separate_users VERSION ROLE...: give each role's files to its user. What was there before lies beside
# the version, for the way back; passwords that all could read stay for the version that needs them.
separate_users() {
    local version=$1 role kept=$PROGRAM/versions/$1/before
    shift
    # A second try finds what the first one noted.
    if [ ! -d "$kept" ]; then
        mkdir -m 700 "$kept"
        keep_broker "$kept"
        note_new_users "$kept" "$@"
    fi
    make_users "$@"
    for role in "$@"; do
        places_of "$version" "$role" >"$kept/places.$role"
        give_places "$FORMER_USER" "$(user_of "$role")" "$kept/places.$role"
    done
    make_folders "$@"
    share_broker_password "$version" "$kept" "$@"
    if broker_is_ours; then configure_broker "$@"; fi
}

# unite_users VERSION: all that separate_users did for a version that is not to stay.
unite_users() {
    local kept=$PROGRAM/versions/$1/before file role
    [ -d "$kept" ] || return 0
    for file in "$kept"/places.*; do
        role=${file##*.}
        give_places "$(user_of "$role")" "$FORMER_USER" "$file"
    done
    if [ -e "$kept/passwords" ]; then xargs -r -d '\n' rm -f -- <"$kept/passwords"; fi
    bring_broker_back "$kept"
    mapfile -t file <"$kept/users"
    remove_users ${file[@]+"${file[@]}"}
    say_done "all that was $FORMER_USER's is its own again"
}

# The user, its password at the broker and its rules go with the last version that needs them.
drop_former_user() {
    local changed=
    if broker_is_ours && has_broker_user "$FORMER_USER"; then changed=yes; fi
    if [ -e "$ETC/mqtt.password" ] || [ -n "$changed" ]; then drop_former_broker_user; fi
    if [ -n "$changed" ]; then
        write_broker_rules
        start_broker
    fi
    if former_user_exists; then remove_users "$FORMER_USER"; fi
}

note_new_users() {
    local kept=$1 role user
    shift
    for role in "$@"; do
        user=$(user_of "$role")
        id -u "$user" >/dev/null 2>&1 || printf '%s\n' "$user"
    done >"$kept/users"
}

# places_of VERSION ROLE: where the parameters say that its state, key and password lie.
places_of() {
    printf '%s\n' "$STATE/$2"
    [ "$2" != relay ] || set -- "$1" relay
    "$(python_of "$1")" -P - "$PARAMETERS" "$2" 2>/dev/null <<'PYTHON' || true
import sys
from pathlib import Path

from node.parameters import load

parameters = load(Path(sys.argv[1]))
section = getattr(parameters, sys.argv[2])
for key in ("state_directory", "keystore", "password_file"):
    place = getattr(section, key, None)
    if place is not None and place.exists():
        print(place)
PYTHON
}

give_places() {
    [ -z "$ROOT" ] && id -u "$1" >/dev/null 2>&1 && id -u "$2" >/dev/null 2>&1 || return 0
    local places
    mapfile -t places <"$3"
    python3 -I "$SOURCE/install/give.py" "$1" "$2" "${places[@]}" 2>&1 | sed 's/^/note     /' || true
}

# A password file of somebody's own at the broker: each program gets a copy that it alone can read.
share_broker_password() {
    local version=$1 kept=$2 file role
    shift 2
    file=$(broker_password_file "$version")
    if broker_is_ours; then
        for role in "$@"; do
            [ -e "$ETC/mqtt.password.$role" ] || printf '%s\n' "$ETC/mqtt.password.$role" >>"$kept/passwords"
        done
    fi
    if [ -z "$file" ] || [ ! -f "$file" ] || { broker_is_ours && [ "$file" = "$ETC/mqtt.password" ]; }; then return; fi
    if is_root && [ "$(stat -c %u "$(dirname "$file")")" != 0 ]; then
        leave_to_do "Give each program a password file of its own at the broker: $file.ROLE, mode 0600"
        return
    fi
    for role in "$@"; do
        [ ! -e "$file.$role" ] || continue
        printf '%s\n' "$file.$role" >>"$kept/passwords"
        put_file 0600 "$(user_of "$role"):$(user_of "$role")" "$file.$role" <"$file"
        say_done "the broker's password for $(user_of "$role") alone, in $file.$role"
    done
}

broker_password_file() {
    "$(python_of "$1")" -P - "$PARAMETERS" 2>/dev/null <<'PYTHON' || true
import sys
from pathlib import Path

from node.parameters import load

mqtt = load(Path(sys.argv[1])).mqtt
if mqtt is not None and mqtt.password_file is not None:
    print(mqtt.password_file)
PYTHON
}

# All that is ours of the broker, as far as it is there.
BROKER_FILES=("$MOSQUITTO"/conf.d/peerwatt.conf "$MOSQUITTO"/peerwatt.{acl,passwd,readers,crt,key} "$ETC/broker.crt")

keep_broker() {
    local file
    broker_is_ours || return 0
    mkdir "$1/broker"
    for file in "${BROKER_FILES[@]}"; do
        [ ! -e "$file" ] || cp -p "$file" "$1/broker/"
    done
}

bring_broker_back() {
    local file
    [ -d "$1/broker" ] || return 0
    for file in "${BROKER_FILES[@]}"; do
        if [ -e "$1/broker/${file##*/}" ]; then cp -p "$1/broker/${file##*/}" "$file"; else rm -f "$file"; fi
    done
    if systemd_runs && systemctl is-active --quiet mosquitto; then systemctl restart mosquitto; fi
    say_done "the broker's rules and users as they were"
}
