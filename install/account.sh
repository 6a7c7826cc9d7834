# shellcheck shell=bash
# The first parameters, and each role's account with its password, which only systemd hands out.

PARAMETERS=$ETC/parameters.yml
PAGE_PARAMETERS=$ETC/page.yml
SECRETS=$ETC/secrets
# The digest of the parameters as they were written.
UNEDITED=$ETC/.unedited

make_folders() {
    local role mode=0750 changed=
    # The page's user finds its own file in there, and can list nothing.
    if has_page "$@"; then mode=0751; fi
    if put_folder "$mode" "root:$READERS" "$ETC"; then changed=yes; fi
    if put_folder 0700 root:root "$SECRETS"; then changed=yes; fi
    if put_folder 0755 root:root "$STATE"; then changed=yes; fi
    for role in "$@"; do
        if put_folder 0700 "$(user_of "$role"):$(user_of "$role")" "$STATE/$role"; then changed=yes; fi
    done
    if [ -n "$changed" ]; then say_done "folders $ETC and $STATE"; else say_already "folders $ETC and $STATE"; fi
}

# What the first parameters of these roles are; a root of tests holds all state within itself.
first_parameters() {
    local roles broker=()
    roles=$(printf '%s,' "$@")
    if broker_is_ours; then broker=(--broker-user "$FORMER_USER"); fi
    python3 "$SOURCE/install/parameters.py" "$SOURCE/parameters.example.yml" "${roles%,}" \
        ${broker[@]+"${broker[@]}"} |
        sed "s#: /var/lib/peerwatt#: $STATE#; s#: /etc/peerwatt#: $ETC#"
}

write_parameters() {
    if [ -e "$PARAMETERS" ]; then
        say_already "parameters $PARAMETERS (yours; never overwritten)"
    else
        first_parameters "$@" | put_file 0640 "root:$READERS" "$PARAMETERS"
        sha256sum <"$PARAMETERS" | put_file 0644 root:root "$UNEDITED" || true
        say_done "parameters $PARAMETERS, to be edited"
    fi
    share_community
}

# The file that parameters include as the community's, if it is here: all programs read it.
share_community() {
    [ -f "$ETC/community.yml" ] && [ ! -L "$ETC/community.yml" ] || return 0
    # What is put in place has been read to its end before.
    # shellcheck disable=SC2094
    if put_file 0640 "root:$READERS" "$ETC/community.yml" <"$ETC/community.yml"; then
        say_done "$ETC/community.yml, readable by the programs"
    else
        say_already "$ETC/community.yml, readable by the programs"
    fi
}

# The page's own file; what it shows at first are the programs of this host.
write_page_parameters() {
    local role
    if [ ! -e "$PAGE_PARAMETERS" ]; then
        first_page_parameters | put_file 0640 "root:$(user_of page)" "$PAGE_PARAMETERS"
        say_done "the page's parameters $PAGE_PARAMETERS"
        return
    fi
    say_already "the page's parameters $PAGE_PARAMETERS (yours; never overwritten)"
    for role in $(shown_roles); do
        grep -qF "/run/peerwatt/$role" "$PAGE_PARAMETERS" ||
            leave_to_do "Have the page show the $role, too: /run/peerwatt/$role, under programs in $PAGE_PARAMETERS"
    done
}

first_page_parameters() {
    local role programs=
    for role in $(shown_roles); do
        case $role in
            node) programs+="  home: /run/peerwatt/node"$'\n' ;;
            utility) programs+="  utility: /run/peerwatt/utility"$'\n' ;;
        esac
    done
    # Without any of them here the example's line stands.
    PROGRAMS=$programs awk '
        /^  home: / && ENVIRON["PROGRAMS"] != "" { printf "%s", ENVIRON["PROGRAMS"]; next }
        { print }
    ' "$SOURCE/page.example.yml" | sed "s#: /var/lib/peerwatt#: $STATE#; s#: /run/peerwatt/#: $ROOT/run/peerwatt/#"
}

# The roles of this host that a page can show.
shown_roles() {
    local role
    for role in node utility; do
        [ ! -e "$UNITS/peerwatt-$role.service" ] || printf '%s\n' "$role"
    done
}

# Whether a person has written into the parameters yet, or brought their own.
parameters_are_edited() { ! sha256sum <"$PARAMETERS" | cmp -s - "$UNEDITED"; }

# make_account ROLE: its password, the unit's right to it, and the key that it opens.
make_account() {
    local role=$1 status=0 said
    make_password "$role"
    said=$(ask_program account new --role "$role" 2>&1) || status=$?
    if [ "$status" != 0 ]; then
        say_note "no account of $role's yet: $said"
        leave_to_do "Mend $PARAMETERS and run this again, for the account of $role"
        return
    fi
    case $said in
        already*) say_already "account of $role: ${said##* }" ;;
        *)
            say_done "a new account of $role, in $STATE/$role/keystore.json"
            said=$(ask_program account qr --role "$role")
            printf '%s\n' "$said"
            leave_to_do "Fund the account of $role, ${said##*$'\n'}, with tokens, and with the chain's coin where it has fees (sudo peerwatt account qr --role $role shows its code)"
            ;;
    esac
}

# Sealed for this machine where systemd can; else a file for root alone, which systemd reads for the unit.
make_password() {
    local role=$1 sealed=$SECRETS/$1.cred plain=$SECRETS/$1.password fresh
    if [ ! -e "$sealed" ] && [ ! -e "$plain" ]; then
        fresh=$(new_password)
        if [ -z "$ROOT" ] && printf '%s\n' "$fresh" |
            systemd-creds encrypt --name=peerwatt-password - "$sealed" 2>/dev/null; then
            chmod 600 "$sealed"
            say_done "password of $role, sealed for this machine in $sealed"
        else
            rm -f "$sealed"
            put_file 0600 root:root "$plain" <<<"$fresh"
            say_done "password of $role in $plain, for root alone"
        fi
    else
        say_already "password of $role"
    fi
    local line="LoadCredential=peerwatt-password:$plain"
    [ ! -e "$sealed" ] || line="LoadCredentialEncrypted=peerwatt-password:$sealed"
    if put_file 0644 root:root "$UNITS/peerwatt-$role.service.d/password.conf" <<DROPIN; then
# Written by peerwatt's install.sh: systemd shows the password to this unit alone.
[Service]
$line
DROPIN
        say_done "peerwatt-$role may read its password"
        if systemd_runs; then systemctl daemon-reload; fi
    fi
}

new_password() { python3 -c 'import secrets; print(secrets.token_urlsafe(24))'; }

# Ask the version in use, as `sudo peerwatt` does.
ask_program() { PEERWATT_ROOT=$ROOT PEERWATT_PROGRAM=$PROGRAM/current "$PROGRAM/current/share/peerwatt/install/peerwatt" "$@"; }
