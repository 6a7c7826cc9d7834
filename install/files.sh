# shellcheck shell=bash
# Files and folders put in place whole, and only where they differ; every path lies under $ROOT.
#
# ROOT is empty on a machine that is installed to. Tests, and those who build images, set
# PEERWATT_ROOT to a folder: then nothing outside of it is touched, no package is installed and no
# service started; without root's rights files belong to whoever runs it.

ROOT=${PEERWATT_ROOT:-}
ETC=$ROOT/etc/peerwatt
STATE=$ROOT/var/lib/peerwatt
PROGRAM=$ROOT/opt/peerwatt
UNITS=$ROOT/etc/systemd/system
COMMAND=$ROOT/usr/local/sbin/peerwatt
MANUAL=$ROOT/usr/local/share/doc/peerwatt/install.md
# The group that reads the parameters, and nothing else.
READERS=peerwatt
# The group that may ask node and utility what they do, at their sockets in /run: the page's.
VIEWERS=peerwatt-view
# The one user that all programs had before each got its own; the version that needs it may still be here.
FORMER_USER=peerwatt

# The user of a role's program, who can read nothing of another's.
user_of() { printf 'peerwatt-%s' "$1"; }

is_root() { [ "$(id -u)" = 0 ]; }

# Whether systemd is this machine's first process, so that units can be started.
systemd_runs() { [ -z "$ROOT" ] && [ -d /run/systemd/system ]; }

# put_file MODE OWNER:GROUP PATH < CONTENT: 0 = written, 1 = was so already.
put_file() {
    local mode=$1 owner=$2 path=$3 content fresh
    content=$(mktemp)
    cat >"$content"
    if cmp -s "$content" "$path" && [ "$(describe "$path")" = "$(wanted "$mode" "$owner")" ]; then
        rm -f "$content"
        return 1
    fi
    mkdir -p "$(dirname "$path")"
    fresh=$(mktemp "$(dirname "$path")/.peerwatt.XXXXXX")
    cat "$content" >"$fresh"
    rm -f "$content"
    chmod "$mode" "$fresh"
    give_to "$owner" "$fresh"
    # The name changes only once the content is on the disk.
    sync "$fresh"
    mv -f "$fresh" "$path"
}

# put_folder MODE OWNER:GROUP PATH: 0 = made or mended, 1 = was so already.
put_folder() {
    local mode=$1 owner=$2 path=$3 before=
    [ ! -d "$path" ] || before=$(describe "$path")
    mkdir -p "$path"
    [ "$before" != "" ] && [ "$before" = "$(wanted "$mode" "$owner")" ] && return 1
    chmod "$mode" "$path"
    give_to "$owner" "$path"
}

# Mode and owner of a path, and what they would be.
describe() { stat -c '%a %U:%G' "$1"; }
wanted() {
    if is_root && owner_exists "$2"; then
        printf '%s %s\n' "${1#0}" "$2"
    else
        printf '%s %s:%s\n' "${1#0}" "$(id -un)" "$(id -gn)"
    fi
}

# Only root may give files away, and only to users that are there.
give_to() {
    local owner=$1 path=$2
    if is_root && owner_exists "$owner"; then
        chown "$owner" "$path"
    fi
}

# Under another root the user is that root's, whom this machine does not know.
owner_exists() { id -u "${1%%:*}" >/dev/null 2>&1 && getent group "${1##*:}" >/dev/null; }

# remove_path WHAT PATH...: each that is there, with all below it.
remove_path() {
    local what=$1 path found=
    shift
    for path in "$@"; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        rm -rf -- "$path"
        found=yes
    done
    if [ -n "$found" ]; then say_done "$what removed"; else say_already "no $what"; fi
}
