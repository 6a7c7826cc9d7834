# shellcheck shell=bash
# What the person reads: a line for each step, and at the end what is left to do.

LEFT=()

# A step that changed something, and one that found all as it should be.
say_done() { printf 'done     %s\n' "$*"; }
say_already() { printf 'already  %s\n' "$*"; }

# What goes on meanwhile, or could not be done here.
say_note() { printf 'note     %s\n' "$*"; }

# Remember something for the person to do; told in this order at the end.
leave_to_do() { LEFT+=("$*"); }

tell_what_is_left() {
    [ "${#LEFT[@]}" -gt 0 ] || return 0
    printf '\nLeft to do, in this order:\n'
    local number=0 step
    for step in "${LEFT[@]}"; do
        number=$((number + 1))
        printf '  %d. %s\n' "$number" "$step"
    done
}

fail() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

# Usage errors end with 2, as everywhere.
misuse() {
    printf 'install: %s\n\n%s\n' "$*" "Try --help." >&2
    exit 2
}

has_terminal() { [ -t 0 ] && [ -t 1 ]; }

# Ask a question with a default; without a terminal the default is the answer.
ask() {
    local question=$1 default=$2 answer=
    if has_terminal; then
        read -r -p "$question [$default] " answer || answer=
    fi
    printf '%s\n' "${answer:-$default}"
}
