"""A Pi's versions: upgraded, brought back when the new one is broken, taken away, and purged."""

import pytest

from tests.machine.bundles import broken_bundle, next_bundle
from tests.machine.installed import STICK, Installed
from tests.machine.pi import CONTACT_LINES, NODE, PARAMETERS, RELAY, ROLES, UTILITY, Pi

ACCOUNTS = "/var/lib/peerwatt/*/keystore.json"

pytestmark = [pytest.mark.machine, pytest.mark.timeout(2 * 3600)]


def version(pi: Pi) -> str:
    return pi.machine.run("basename $(readlink /opt/peerwatt/current)").strip()


def belongings(pi: Pi) -> str:
    """Give the digests of what belongs to the owner."""
    return pi.machine.run(f"sha256sum {PARAMETERS} {ACCOUNTS}")


def test_upgrade_keeps_what_is_the_owners_and_runs_again(installed: Installed) -> None:
    pi = installed.pi
    before = belongings(pi)
    next_bundle(pi.stick / "next", "0.1.0-next")

    status, said = pi.install("next", "--upgrade")

    print(said)
    assert status == 0, said
    assert "contacts handed back" in said
    assert version(pi) == "0.1.0-next"
    assert belongings(pi) == before
    pi.wait_until_ready(RELAY, NODE, UTILITY)


@pytest.mark.failure(
    part="node",
    failure="an upgrade to a version whose check fails",
    contacts="handed back before it is tried",
    person="`not upgraded`, and why; the old version runs again",
    lasts="the upgrade",
)
def test_upgrade_to_a_broken_version_is_rolled_back(installed: Installed) -> None:
    pi = installed.pi
    old, before = version(pi), belongings(pi)
    broken_bundle(pi.stick / "broken", "0.1.0-broken")

    status, said = pi.install("broken", "--upgrade")

    print(said)
    assert status != 0
    assert said.index("contacts handed back") < said.index("rolled back")
    assert "not upgraded" in said
    assert version(pi) == old
    assert "broken" not in pi.machine.run("ls /opt/peerwatt/versions")
    assert belongings(pi) == before
    pi.wait_until_ready(RELAY, NODE, UTILITY)


def test_uninstall_leaves_what_is_the_owners_and_purge_nothing(installed: Installed) -> None:
    """The last of this file: nothing of the Pi is left after it."""
    pi = installed.pi
    before = belongings(pi)

    status, said = pi.install(STICK, "--uninstall")

    print(said)
    assert status == 0, said
    assert pi.energised() & CONTACT_LINES == frozenset()
    assert belongings(pi) == before
    assert units(pi) == []
    assert not pi.is_there("/opt/peerwatt")

    status, said = pi.install(STICK, "--uninstall", "--purge")

    print(said)
    assert status == 0, said
    left = "find / -xdev -iname '*peerwatt*' ! -path '/var/log/*'"
    assert pi.machine.run(left) == ""
    assert "peerwatt" not in pi.machine.run("cat /etc/passwd /etc/group /etc/shadow /etc/gshadow")


def units(pi: Pi) -> list[str]:
    """Give the units of each role that systemd finds."""
    told = (pi.machine.attempt(f"systemctl cat peerwatt-{role}") for role in ROLES)
    return [said for status, said in told if status == 0]
