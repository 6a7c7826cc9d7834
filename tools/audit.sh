#!/bin/bash
# Look up every locked package in the public database of known vulnerabilities. A finding fails; a database that
# cannot be reached does not, for nothing here may depend on the internet.
set -eu

AUDITOR=.run/audit
PIP_AUDIT=2.10.1
MOST_S=180
FOUND='Found [0-9]+ known vulnerabilit'

main() {
    cd "$(dirname "$0")/.."
    install_auditor || skip "pip-audit could not be installed"
    local said status=0
    said=$(timeout "$MOST_S" "$AUDITOR/bin/pip-audit" --disable-pip --require-hashes \
        --progress-spinner off --requirement requirements.lock 2>&1) || status=$?
    if [ "$status" != 0 ] && ! echo "$said" | grep -Eq "$FOUND"; then
        echo "$said" | tail -n 1
        skip "the database could not be asked"
    fi
    local unknown
    unknown=$(echo "$said" | grep -c 'could not be audited' || true)
    [ "$status" = 0 ] || echo "$said"
    [ "$unknown" = 0 ] || echo "audit: the database does not know $unknown packages: not checked" >&2
    echo "audit: $(grep -c '==' requirements.lock) packages looked up"
    return "$status"
}

install_auditor() {
    [ ! -x "$AUDITOR/bin/pip-audit" ] || return 0
    python3 -m venv "$AUDITOR" &&
        "$AUDITOR/bin/python" -m pip install -q --disable-pip-version-check --retries 1 \
            "pip-audit==$PIP_AUDIT" >/dev/null 2>&1
}

skip() {
    echo "audit: $1: not checked" >&2
    exit 0
}

main "$@"
