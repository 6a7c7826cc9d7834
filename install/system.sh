# shellcheck shell=bash
# What the machine itself must have: Python, users, groups, and the buses switched on.

# The groups that own a role's devices; a network role needs none.
groups_of() {
    case $1 in
        node) echo i2c spi gpio dialout ;;
        relay) echo gpio ;;
        utility | page) ;;
    esac
}

require_system() {
    [ -n "$ROOT" ] || is_root || fail "please run it with sudo: it makes a user, units and files in /opt and /etc"
    python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null ||
        fail "Python 3.11, 3.12 or 3.13 is needed, as Debian 12 and 13 have; this is $(python3 --version 2>&1)"
    local bits
    bits=$(python3 -c 'import struct; print(8 * struct.calcsize("P"))')
    [ "$bits" = 64 ] || fail "a 64-bit system is needed (this one's Python has $bits bits): there are no ready-made packages for others"
}

# install_packages NAME...: those of Debian's that are not there yet.
install_packages() {
    command -v apt-get >/dev/null || fail "please install by hand: $*"
    [ -z "$OFFLINE" ] || has_packages "$@" || fail "not here, and --offline forbids to fetch it: $*"
    forbid_services
    if ! quietly apt-get update -qq || ! quietly env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@"; then
        fail "Debian's $* cannot be installed"
    fi
    allow_services
    say_done "Debian's $*"
}

# An offline machine may still have a mirror or a disc of packages of its own.
has_packages() { apt-get install -qq --simulate --no-install-recommends "$@" >/dev/null 2>&1; }

# A policy of 101 keeps packages from starting their services (Debian policy 9.3.3), here a broker
# that is not configured yet.
forbid_services() {
    [ ! -e /usr/sbin/policy-rc.d ] || return 0
    trap allow_services EXIT
    printf '#!/bin/sh\n# made by peerwatt\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
}

allow_services() {
    if grep -qs 'made by peerwatt' /usr/sbin/policy-rc.d; then rm -f /usr/sbin/policy-rc.d; fi
}

provide_python() {
    if python3 -c 'import ensurepip, venv' 2>/dev/null; then
        say_already "$(python3 --version) with venv"
    elif [ -n "$ROOT" ]; then
        fail "python3-venv is missing"
    else
        install_packages python3-venv
    fi
}

# make_users ROLE...: a user for each program, and the group in which they read their parameters, or
# the page asks them.
make_users() {
    local role user shared made=()
    if [ -n "$ROOT" ]; then
        say_note "users are not made under another root"
        return
    fi
    getent group "$READERS" >/dev/null || groupadd --system "$READERS"
    make_viewers
    for role in "$@"; do
        user=$(user_of "$role")
        if ! id -u "$user" >/dev/null 2>&1; then
            useradd --system --user-group --home-dir "/var/lib/peerwatt/$role" --no-create-home \
                --shell /usr/sbin/nologin "$user"
            made+=("$user")
        fi
        shared=$(shared_group_of "$role")
        id -nG "$user" | tr ' ' '\n' | grep -qx "$shared" || usermod --append --groups "$shared" "$user"
    done
    if [ "${#made[@]}" -gt 0 ]; then
        say_done "system users ${made[*]}"
    else
        say_already "system users of the roles"
    fi
}

# The one group that a role's user shares with others.
shared_group_of() { if [ "$1" = page ]; then echo "$VIEWERS"; else echo "$READERS"; fi; }

# The units give it their sockets' folders.
make_viewers() {
    [ -n "$ROOT" ] || getent group "$VIEWERS" >/dev/null || groupadd --system "$VIEWERS"
}

# remove_users NAME...: each that is there.
remove_users() {
    local user removed=()
    [ "$#" -gt 0 ] || return 0
    if [ -z "$ROOT" ]; then
        for user in "$@"; do
            id -u "$user" >/dev/null 2>&1 || continue
            # It says of the readers' group that it stays, as others are in it.
            quietly userdel "$user"
            removed+=("$user")
        done
    fi
    if [ "${#removed[@]}" -gt 0 ]; then
        say_done "system users ${removed[*]} removed"
    else
        say_already "no system users $*"
    fi
}

# Raspberry Pi OS has these groups, and rules that give them the devices. Where a group is missing,
# as on plain Debian, both are made: without them nobody but root could reach a pin.
make_groups() {
    local role group made=()
    [ -z "$ROOT" ] || return 0
    for role in "$@"; do
        for group in $(groups_of "$role"); do
            getent group "$group" >/dev/null && continue
            groupadd --system "$group"
            made+=("$group")
        done
    done
    if [ "${#made[@]}" -gt 0 ]; then
        say_done "groups ${made[*]}"
    else
        say_already "groups of the devices"
    fi
}

write_device_rules() {
    local rules=$ROOT/etc/udev/rules.d/60-peerwatt.rules
    if grep -lsE 'GROUP="gpio"' "$ROOT"/etc/udev/rules.d/*.rules "$ROOT"/usr/lib/udev/rules.d/*.rules |
        grep -qv "/60-peerwatt.rules$"; then
        say_already "device rules of the system's own"
        return
    fi
    if put_file 0644 root:root "$rules" <<'RULES'; then
# Written by peerwatt's install.sh: the groups of its units may use these devices.
SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"
SUBSYSTEM=="i2c-dev", GROUP="i2c", MODE="0660"
SUBSYSTEM=="spidev", GROUP="spi", MODE="0660"
RULES
        say_done "device rules $rules"
        if systemd_runs && command -v udevadm >/dev/null; then
            udevadm control --reload
            udevadm trigger --subsystem-match=gpio --subsystem-match=i2c-dev --subsystem-match=spidev
        fi
    else
        say_already "device rules $rules"
    fi
}

# Only a home's sensors hang on buses.
enable_buses() {
    local boot
    if [ -z "$ROOT" ] && command -v raspi-config >/dev/null; then
        enable_by_raspi_config i2c I2C
        enable_by_raspi_config spi SPI
    elif boot=$(boot_configuration); then
        enable_by_device_tree "$boot" i2c_arm I2C
        enable_by_device_tree "$boot" spi SPI
    else
        say_note "this is no Raspberry Pi: I2C and SPI are left as they are"
        [ -n "$(ls "$ROOT"/dev/i2c-* 2>/dev/null)" ] ||
            leave_to_do "Switch the I2C bus on (here is no /dev/i2c-*, and no raspi-config or config.txt to do it with)"
    fi
    load_i2c_devices
}

# It takes a line for one model, as under [pi4], for one that holds here; so config.txt is looked at, too.
enable_by_raspi_config() {
    local bus=$1 name=$2 boot= parameter=$1
    [ "$bus" != i2c ] || parameter=i2c_arm
    boot=$(boot_configuration) || true
    if [ "$(raspi-config nonint "get_$bus")" != 0 ]; then
        raspi-config nonint "do_$bus" 0
        say_done "$name switched on by raspi-config"
        if [ -z "$boot" ] || is_on_everywhere "$boot" "$parameter"; then return; fi
    fi
    if [ -n "$boot" ]; then
        enable_by_device_tree "$boot" "$parameter" "$name"
    else
        say_already "$name switched on"
    fi
}

boot_configuration() {
    local file
    for file in "$ROOT/boot/firmware/config.txt" "$ROOT/boot/config.txt"; do
        # The old place of Bookworm holds no more than a note where the file went.
        if [ -f "$file" ] && ! grep -q 'DO NOT EDIT THIS FILE' "$file"; then
            printf '%s\n' "$file"
            return 0
        fi
    done
    return 1
}

enable_by_device_tree() {
    local file=$1 parameter=$2 name=$3
    if is_on_everywhere "$file" "$parameter"; then
        say_already "$name switched on"
        return
    fi
    { cat "$file" && printf '\n[all]\ndtparam=%s=on\n' "$parameter"; } |
        put_file "$(stat -c %a "$file")" "$(stat -c %U:%G "$file")" "$file"
    say_done "$name switched on in $file"
    leave_once "Restart the Pi, for its buses to come up: sudo reboot"
}

# is_on_everywhere FILE PARAMETER: the last of its values in lines that hold for every model rules.
is_on_everywhere() {
    local name=$2
    # The firmware's short name for it.
    [ "$name" != i2c_arm ] || name='i2c(_arm)?'
    lines_for_every_model "$1" | sed -nE 's/^(dtparam|device_tree_param)=//p' | tr ',' '\n' |
        grep -E "^$name(=|$)" | tail -n 1 | grep -qE '^[a-z0-9_]+(=(on|yes|y|true|[1-9][0-9]*))?$'
}

# What stands above every filter, as [pi4], or below [all]: other lines are not for every machine.
lines_for_every_model() {
    tr -d '\r' <"$1" | awk '
        { sub(/^[[:space:]]+/, ""); sub(/[[:space:]]+$/, "") }
        /^\[/ { filtered = (tolower($0) != "[all]"); next }
        !filtered
    '
}

leave_once() {
    local step
    for step in ${LEFT[@]+"${LEFT[@]}"}; do
        [ "$step" != "$1" ] || return 0
    done
    leave_to_do "$1"
}

# The bus is there only once this module gives it a device.
load_i2c_devices() {
    if put_file 0644 root:root "$ROOT/etc/modules-load.d/peerwatt.conf" <<<'i2c-dev'; then
        say_done "i2c-dev is loaded at each start"
        if systemd_runs; then modprobe i2c-dev 2>/dev/null || say_note "i2c-dev cannot be loaded now"; fi
    else
        say_already "i2c-dev is loaded at each start"
    fi
}
