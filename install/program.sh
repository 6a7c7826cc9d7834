# shellcheck shell=bash
# The program: each version in a folder of its own, one of them in use, with its units and its command.
#
# /opt/peerwatt/versions/ID is a virtual environment; `current` is a link to the one in use, and the
# units know no other path. So a version is put in place, and taken back, by one rename.

RUN_LOCK=requirements.lock

# Name what is about to be installed: the version, and a digest of all that belongs to it.
version_id() {
    if [ -f "$1/VERSION" ]; then
        cat "$1/VERSION"
        return
    fi
    local number digest
    number=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$1/pyproject.toml")
    digest=$(cd "$1" && find node page peerwatt relay_server contracts/*.py contracts/abi village bench install \
        install.sh systemd docs/install.md pyproject.toml parameters.example.yml page.example.yml "$RUN_LOCK" \
        -type f ! -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
    printf '%s-%s\n' "$number" "${digest:0:8}"
}

version_in_use() { basename "$(readlink "$PROGRAM/current")" 2>/dev/null; }

python_of() { printf '%s/versions/%s/bin/python' "$PROGRAM" "$1"; }

# install_version ID: beside the others, whole or not at all.
install_version() {
    local id=$1 began=$SECONDS place=$PROGRAM/versions/$1
    if [ -e "$place/.whole" ]; then
        say_already "version $id in $place"
        return
    fi
    rm -rf -- "$place"
    mkdir -p "$PROGRAM/versions"
    if ! fill_version "$place"; then
        rm -rf -- "$place"
        fail "version $id cannot be installed; nothing of it is left"
    fi
    touch "$place/.whole"
    say_done "version $id in $place ($(du -sm "$place" | cut -f1) MB, $((SECONDS - began)) s)"
}

# What Debian's Python may not be given (PEP 668), an environment of its own may.
fill_version() {
    if [ -d "$BUNDLE/wheels" ]; then
        install_wheels "$1" || return 1
    else
        install_checkout "$1" || return 1
    fi
    mkdir -p "$1/share/peerwatt" &&
        cp -r "$SOURCE/systemd" "$SOURCE/install" "$SOURCE/docs/install.md" "$1/share/peerwatt/"
}

# Nothing comes from a network: every wheel lies beside the list of their digests.
install_wheels() {
    local pip run status=0
    pip=$(pip_of_python) && quietly python3 -m venv --without-pip "$1" || return 1
    run=$(mktemp)
    run_part "$BUNDLE/$RUN_LOCK" >"$run"
    quietly "$1/bin/python" "$pip" install -q --disable-pip-version-check --no-index \
        --no-deps --find-links "$BUNDLE/wheels" --require-hashes --only-binary :all: -r "$run" || status=1
    rm -f "$run"
    return "$status"
}

# run_part LOCK: what every machine runs; the rest is for those that are asked to.
run_part() { sed '/^# What follows/,$d' "$1"; }

# Name the pip within the wheel that Python would make an environment's own of: to have it unpacked and
# compiled takes longer than all the rest, and nobody needs it there once the packages are in place.
pip_of_python() {
    python3 - <<'PYTHON'
import sys
from ensurepip import __file__ as its_file
from pathlib import Path
from sysconfig import get_config_var

places = [place for place in (get_config_var("WHEEL_PKG_DIR"), Path(its_file).with_name("_bundled")) if place]
wheels = [wheel for place in places for wheel in sorted(Path(place).glob("pip-*.whl"))]
if not wheels:
    sys.exit(f"Python has no wheel of pip in {' or '.join(map(str, places))}")
print(wheels[0].absolute() / "pip")
PYTHON
}

# Packages by their digests, and ours built from a copy: a checkout is not ours to write into.
install_checkout() {
    local copy status=0
    quietly python3 -m venv "$1" || return 1
    copy=$(mktemp -d)
    run_part "$SOURCE/$RUN_LOCK" >"$copy/run.lock"
    (cd "$SOURCE" && cp -r bench node page peerwatt relay_server village pyproject.toml README.md LICENSE "$copy")
    mkdir "$copy/contracts"
    cp -r "$SOURCE"/contracts/*.py "$SOURCE/contracts/abi" "$copy/contracts"
    quietly "$1/bin/python" -m pip install -q --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: -r "$copy/run.lock" &&
        quietly "$1/bin/python" -m pip install -q --disable-pip-version-check --no-index \
            --no-deps --no-build-isolation "$copy" || status=1
    rm -rf -- "$copy"
    return "$status"
}

# Run something whose words matter only when it fails.
quietly() {
    local said
    said=$("$@" 2>&1) || {
        printf '%s\n' "$said" >&2
        return 1
    }
}

# use_version ID: one rename, so that there is always exactly one.
use_version() {
    if [ "$(version_in_use)" = "$1" ]; then
        say_already "version $1 in use"
        return
    fi
    ln -sfn "versions/$1" "$PROGRAM/.next"
    mv -fT "$PROGRAM/.next" "$PROGRAM/current"
    say_done "version $1 in use"
}

# Keep the one in use and the one before it.
drop_versions_except() {
    local path
    for path in "$PROGRAM"/versions/*; do
        case " $* " in
            *" $(basename "$path") "*) ;;
            *) [ ! -d "$path" ] || { rm -rf -- "$path" && say_done "old version $(basename "$path") removed"; } ;;
        esac
    done
}

# install_units ROLE...: those of the version in use, and the command.
install_units() {
    local role share=$PROGRAM/current/share/peerwatt changed=
    make_viewers
    for role in "$@"; do
        if put_file 0644 root:root "$UNITS/peerwatt-$role.service" <"$share/systemd/peerwatt-$role.service"; then
            say_done "unit peerwatt-$role"
            changed=yes
        else
            say_already "unit peerwatt-$role"
        fi
    done
    if put_file 0755 root:root "$COMMAND" <"$share/install/peerwatt"; then
        say_done "command $COMMAND"
    else
        say_already "command $COMMAND"
    fi
    if put_file 0644 root:root "$MANUAL" <"$share/install.md"; then say_done "manual $MANUAL"; fi
    if [ -n "$changed" ] && systemd_runs; then systemctl daemon-reload; fi
}

enable_units() {
    local role
    for role in "$@"; do
        if [ -L "$UNITS/multi-user.target.wants/peerwatt-$role.service" ]; then
            say_already "peerwatt-$role starts at each boot"
        else
            systemctl ${ROOT:+--root="$ROOT"} enable --quiet "peerwatt-$role.service" 2>/dev/null ||
                fail "systemctl cannot enable peerwatt-$role"
            say_done "peerwatt-$role starts at each boot"
        fi
    done
}

# Whether a page is, or is to be, on this machine: ROLE... are those of this run.
has_page() { is_among page "$@" || [ -e "$UNITS/peerwatt-page.service" ]; }

# street_roles ROLE...: those that the street's parameters, broker and accounts know: all but the page.
street_roles() {
    local role
    for role in "$@"; do
        [ "$role" = page ] || printf '%s\n' "$role"
    done
}

# The roles that are installed here already, in the order in which they start.
installed_roles() {
    local role
    for role in relay utility node page; do
        [ ! -e "$UNITS/peerwatt-$role.service" ] || printf '%s\n' "$role"
    done
}
