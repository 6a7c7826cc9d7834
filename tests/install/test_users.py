"""Users of an installed machine, real ones: who reads what, and what root does for whom."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install.installed import renamed
from tests.install.private import GROUPS, Private, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=missing() or "all is here"),
]

ROLES = ("node", "relay", "utility")
STATE = "/var/lib/peerwatt"
TREASURE = "/etc/treasure"
LOOK = f"cat {TREASURE}; stat -c '%U:%G %a' {TREASURE}"
AS_NODE = "setpriv --reuid=peerwatt-node --regid=peerwatt-node --clear-groups"
PHRASE = "--passphrase-file /root/phrase"
LIAR = f"""
cd {STATE}/node
{AS_NODE} python3 - >/dev/null 2>&1 <<'PYTHON' &
import socket
server = socket.socket(socket.AF_UNIX)
server.bind("status.sock")
server.listen()
while True:
    link, _ = server.accept()
    link.recv(1024)
    link.sendall(b'{{"answer": "{TREASURE}"}}\\n')
    link.close()
PYTHON
until [ -S {STATE}/node/status.sock ]; do sleep 0.1; done
"""
"""Answers at the home's status socket, as its user can, with a path of somebody else's."""
ONE_USER = f"""
set -eu
useradd --system --gid peerwatt --home-dir {STATE} --no-create-home peerwatt
sed -i 's/^User=.*/User=peerwatt/; s/^Group=.*/Group=peerwatt/; s/=peerwatt /=/' \\
    /etc/systemd/system/peerwatt-*.service \\
    /opt/peerwatt/current/share/peerwatt/systemd/*.service
for role in {" ".join(ROLES)}; do
    chown -R peerwatt:peerwatt {STATE}/$role
    userdel peerwatt-$role
done
rm /etc/peerwatt/mqtt.password.*
echo secret >/etc/peerwatt/mqtt.password
chmod 600 /etc/peerwatt/mqtt.password
chown peerwatt:peerwatt /etc/peerwatt/mqtt.password
echo peerwatt:secret >/root/passwd
mosquitto_passwd -U /root/passwd
mv /root/passwd /etc/mosquitto/peerwatt.passwd
chgrp mosquitto /etc/mosquitto/peerwatt.passwd
chmod 640 /etc/mosquitto/peerwatt.passwd
printf 'user peerwatt\\ntopic readwrite peerwatt/#\\n' >/etc/mosquitto/peerwatt.acl
rm -f /etc/mosquitto/peerwatt.{{readers,crt,key}} /etc/peerwatt/broker.crt
echo counts >{STATE}/node/counts
mkdir {STATE}/node/records
echo record >{STATE}/node/records/one
ln -s {TREASURE} {STATE}/node/link
chown -h peerwatt:peerwatt {STATE}/node/* {STATE}/node/records/*
"""
"""Make of a machine what a version with one user for all programs left."""


@pytest.fixture(scope="module")
def installed(bundle: Path) -> Iterator[Private]:
    """A machine of every role and the broker."""
    machine = Private()
    try:
        print(machine.run(f"'{bundle}/install.sh' --node --relay --utility --broker"))
        machine.run(
            f"echo treasure >{TREASURE}; chmod 604 {TREASURE}"
            "; umask 077; echo a long passphrase >/root/phrase"
        )
        yield machine
    finally:
        machine.close()


@pytest.fixture
def pi(installed: Private) -> Iterator[Private]:
    """The machine as it was when it had been installed."""
    machine = Private(of=installed)
    try:
        yield machine
    finally:
        machine.close()


def owners(machine: Private, *folders: str) -> str:
    """Give mode, owner and content of everything there, but for what the clock writes."""
    return machine.run(
        f"find {' '.join(folders)} ! -type d -printf '%p %m %u:%g %l\\n' | LC_ALL=C sort"
        f"; find {' '.join(folders)} -type d -printf '%p %m %u:%g\\n' | LC_ALL=C sort"
        f"; find {' '.join(folders)} -type f -exec sha256sum {{}} + | LC_ALL=C sort"
    )


def account(machine: Private, role: str) -> str:
    return machine.run(f"peerwatt account qr --role {role}").split()[-1]


def test_each_program_can_read_nothing_of_anothers(pi: Private) -> None:
    pi.run(f"cd /root && peerwatt backup one.backup {PHRASE}")
    pi.run(f"cd /root && peerwatt restore one.backup --overwrite {PHRASE}")

    assert pi.foreign(*ROLES) == set()
    for role in ROLES:
        groups = pi.run(f"id -nG peerwatt-{role}").split()
        assert sorted(groups) == sorted([f"peerwatt-{role}", "peerwatt"])
        become = f"setpriv --reuid=peerwatt-{role} --regid=peerwatt-{role}"
        become += f" --groups={','.join(GROUPS[role])}"
        for other in set(ROLES) - {role}:
            for path in (f"{STATE}/{other}", f"/etc/peerwatt/mqtt.password.{other}"):
                assert pi.attempt(f"{become} ls {path}/ || {become} cat {path}")[0] != 0
                assert pi.attempt(f"{become} touch {path}/new || {become} touch {path}")[0] != 0


def test_the_page_reads_its_own_file_and_nothing_of_anothers(pi: Private, bundle: Path) -> None:
    pi.run(f"'{bundle}/install.sh' --page")

    assert pi.run("id -nG peerwatt-page").split() == ["peerwatt-page", "peerwatt-view"]
    assert pi.foreign(*ROLES, "page") == set()
    become = "setpriv --reuid=peerwatt-page --regid=peerwatt-page --groups=peerwatt-view"
    assert "programs:" in pi.run(f"{become} cat /etc/peerwatt/page.yml")
    assert pi.attempt(f"{become} touch /etc/peerwatt/page.yml")[0] != 0
    for path in (
        f"{STATE}/node/keystore.json",
        "/etc/peerwatt",
        "/etc/peerwatt/parameters.yml",
        "/etc/peerwatt/secrets",
        "/etc/peerwatt/mqtt.password.node",
    ):
        assert pi.attempt(f"ls {path}")[0] == 0
        assert pi.attempt(f"{become} cat {path} || {become} ls {path}/")[0] != 0
    pi.run("echo a long password | peerwatt page password")
    assert pi.run(f"stat -c '%U %a' {STATE}/page/password.json").split() == ["peerwatt-page", "600"]
    pi.run("peerwatt page password --reset")
    assert pi.attempt(f"ls {STATE}/page/password.json")[0] != 0

    pi.run(f"'{bundle}/install.sh' --uninstall --purge")
    assert "peerwatt" not in pi.run("cat /etc/passwd /etc/group /etc/shadow /etc/gshadow")


def test_parameters_hold_no_secret_and_only_root_writes_them(pi: Private) -> None:
    assert pi.run("stat -c '%U:%G %a' /etc/peerwatt/parameters.yml").strip() == "root:peerwatt 640"
    for role in ROLES:
        secret = pi.run(f"head -n 1 /etc/peerwatt/mqtt.password.{role}").strip()
        assert len(secret) >= 32
        assert pi.attempt(f"grep -rlF -e '{secret}' /etc /var /opt /run")[1].split() == [
            f"/etc/peerwatt/mqtt.password.{role}"
        ]


@pytest.mark.parametrize("role", ["node", "utility"])
def test_a_backup_is_the_persons_and_comes_back_as_the_programs(pi: Private, role: str) -> None:
    """The person's files are nobody else's, and the program never sees more of them."""
    before = account(pi, role)
    pi.run(
        "useradd --create-home eve; install -o eve -m 600 /root/phrase /home/eve/phrase"
        "; chmod 700 /home/eve"
    )
    words = f"--role {role} --passphrase-file phrase"
    said = pi.run(
        f"cd /home/eve && peerwatt backup mine.backup {words}",
        SUDO_UID=pi.run("id -u eve").strip(), SUDO_GID=pi.run("id -g eve").strip(),
    )  # fmt: skip
    assert before in said
    assert pi.run("stat -c '%U:%G %a' /home/eve/mine.backup").strip() == "eve:eve 600"

    pi.run(f"rm {STATE}/{role}/keystore.json")
    pi.run(f"cd /home/eve && peerwatt restore mine.backup --overwrite {words}")
    assert account(pi, role) == before
    assert pi.run(f"stat -c '%U %a' {STATE}/{role}/keystore.json").split() == [
        f"peerwatt-{role}",
        "600",
    ]
    assert pi.run("stat -c '%U:%G %a' /etc/peerwatt/parameters.yml").strip() == "root:peerwatt 640"
    assert pi.run("ls /etc/peerwatt").count("parameters.yml.replaced") == 1
    assert "peerwatt" not in pi.run("ls -A /run")


def test_a_link_at_the_journals_lock_hands_no_file_over(pi: Private) -> None:
    before = pi.run(LOOK)
    lock = f"{STATE}/node/journal.sqlite.lock"
    pi.run(f"{AS_NODE} ln -s {TREASURE} {lock}; {AS_NODE} touch {STATE}/node/journal.sqlite")
    status, said = pi.attempt(f"cd /root && peerwatt backup one.backup {PHRASE}")

    assert status == 1
    assert "it is a link" in said
    assert pi.run(LOOK) == before
    assert pi.attempt("ls /root/one.backup")[0] != 0


def test_a_false_program_at_the_socket_has_nothing_read_or_deleted(pi: Private) -> None:
    before = pi.run(LOOK)
    status, _ = pi.attempt(f"{LIAR}\ncd /root && peerwatt backup one.backup {PHRASE}")

    assert status == 1
    assert pi.run(LOOK) == before
    assert pi.attempt("ls /root/one.backup")[0] != 0


@pytest.mark.parametrize("planted", ["keystore.json.restored", "journal.sqlite", "keystore.json"])
def test_a_restore_writes_through_no_link(pi: Private, planted: str) -> None:
    pi.run(f"cd /root && peerwatt backup one.backup {PHRASE}")
    before = pi.run(LOOK)
    pi.run(f"{AS_NODE} ln -sfn {TREASURE} {STATE}/node/{planted}")
    pi.run(f"cd /root && peerwatt restore one.backup --overwrite {PHRASE}")

    assert pi.run(LOOK) == before
    assert pi.run(f"stat -c %U {STATE}/node/keystore.json").strip() == "peerwatt-node"


def test_a_planted_name_of_the_persons_file_is_neither_written_nor_read_through(
    pi: Private,
) -> None:
    """In a folder where others write, too, the name may be there already, and lead elsewhere."""
    before = pi.run(LOOK)
    pi.run(f"cd /var/tmp && ln -s {TREASURE} planted && ln -s /etc/made planted.new")
    for words in (
        f"backup /var/tmp/planted {PHRASE}",
        f"backup /var/tmp/planted.new {PHRASE}",
        f"restore /var/tmp/planted {PHRASE} --overwrite",
        "backup /root/new --passphrase-file /var/tmp/planted",
    ):
        status, said = pi.attempt(f"peerwatt {words}")
        assert status == 1, said

    assert pi.run(LOOK) == before
    assert pi.attempt("ls /etc/made || ls /root/new")[0] != 0


def test_what_is_asked_of_a_role_that_is_not_here_is_said_so(pi: Private) -> None:
    pi.run("userdel peerwatt-node")
    status, said = pi.attempt("peerwatt status")

    assert status == 1
    assert "no node is installed here" in said


def test_an_upgrade_from_one_user_gives_each_program_its_own(
    pi: Private, bundle: Path, tmp_path: Path
) -> None:
    pi.run(ONE_USER)
    sealed = {role: pi.run(f"cat {STATE}/{role}/keystore.json") for role in ("node", "utility")}
    newer = renamed(bundle, tmp_path / "newer", "0.2.0-newer")
    said = pi.run(f"'{newer}/install.sh' --upgrade")

    assert "system users peerwatt-relay peerwatt-utility peerwatt-node" in said
    assert pi.foreign(*ROLES) == set()
    for role in ROLES:
        found = pi.run(f"find {STATE}/{role} -printf '%u:%g\\n'").split()
        assert set(found) == {f"peerwatt-{role}:peerwatt-{role}"}
    for role, keystore in sealed.items():
        assert account(pi, role).removeprefix("0x").lower() in keystore.lower()
    assert pi.run(LOOK).split() == ["treasure", "root:root", "604"]
    # The version before is still here, and so is all that it needs to come back.
    assert pi.run("id -nu peerwatt").strip() == "peerwatt"
    assert pi.run("stat -c '%U %a' /etc/peerwatt/mqtt.password").strip() == "peerwatt 600"
    assert "peerwatt:" in pi.run("cat /etc/mosquitto/peerwatt.passwd")
    assert "before" not in pi.run("ls -A /opt/peerwatt/versions/0.2.0-newer")

    last = renamed(bundle, tmp_path / "last", "0.3.0-last")
    pi.run(f"'{last}/install.sh' --upgrade")
    assert pi.attempt("id -nu peerwatt")[0] != 0
    assert pi.attempt("ls /etc/peerwatt/mqtt.password")[0] != 0
    assert not re.search("^peerwatt:", pi.run("cat /etc/mosquitto/peerwatt.passwd"), re.MULTILINE)
    assert "user peerwatt\n" not in pi.run("cat /etc/mosquitto/peerwatt.acl")
    assert pi.foreign(*ROLES) == set()


@pytest.mark.failure(
    part="install",
    failure="an upgrade from one user for all programs to one for each is refused",
    person="`rolled back`; the old version reads its state again",
)
def test_a_refused_upgrade_from_one_user_leaves_all_as_it_was(
    pi: Private, bundle: Path, tmp_path: Path
) -> None:
    pi.run(ONE_USER)
    places = (
        "/etc/peerwatt",
        STATE,
        "/etc/mosquitto",
        "/etc/systemd/system",
        "/opt/peerwatt/versions/*/share",
    )
    before, users = owners(pi, *places), pi.run("cut -d: -f1 /etc/passwd /etc/group | sort")
    newer = renamed(bundle, tmp_path / "newer", "0.2.0-newer")
    command = newer / "install/peerwatt"
    command.write_text("#!/bin/bash\necho ImportError: no module >&2\nexit 1\n")
    status, said = pi.attempt(f"'{newer}/install.sh' --upgrade")

    assert status == 1
    assert "rolled back to version 0.1.0-first" in said
    assert owners(pi, *places) == before
    assert pi.run("cut -d: -f1 /etc/passwd /etc/group | sort") == users


def test_a_password_file_of_ones_own_is_shared_out_and_taken_back(
    pi: Private, bundle: Path, tmp_path: Path
) -> None:
    """The broker is elsewhere, or its user another: what all could read, each can read again."""
    pi.run(ONE_USER)
    pi.run(
        "rm /etc/mosquitto/conf.d/peerwatt.conf; cd /etc/peerwatt; mv mqtt.password street.password"
        "; sed -i 's/mqtt.password$/street.password/; s/user: peerwatt/user: board/' parameters.yml"
    )
    before = owners(pi, "/etc/peerwatt")
    broken = renamed(bundle, tmp_path / "broken", "0.2.0-broken")
    (broken / "install/peerwatt").write_text("#!/bin/bash\nexit 1\n")
    assert pi.attempt(f"'{broken}/install.sh' --upgrade")[0] == 1
    assert owners(pi, "/etc/peerwatt") == before

    newer = renamed(bundle, tmp_path / "newer", "0.2.0-newer")
    said = pi.run(f"'{newer}/install.sh' --upgrade")
    for role in ROLES:
        path = f"/etc/peerwatt/street.password.{role}"
        assert f"for peerwatt-{role} alone, in {path}" in said
        assert pi.run(f"cat {path}; stat -c '%U %a' {path}").split() == [
            "secret", f"peerwatt-{role}", "600",
        ]  # fmt: skip


@pytest.mark.parametrize("before", ["", ONE_USER])
def test_purge_leaves_nothing_behind(pi: Private, bundle: Path, before: str) -> None:
    pi.run(before)
    pi.run(f"'{bundle}/install.sh' --uninstall --purge")

    assert "peerwatt" not in pi.run("cat /etc/passwd /etc/group /etc/shadow /etc/gshadow")
    with contextlib.closing(Private()) as bare:
        assert left_on(pi) - left_on(bare) == set()


def left_on(machine: Private) -> set[str]:
    """Name what is ours, or nobody's; a developer's own checkout lies there before, too."""
    ours = "find /etc /var /opt /run /usr/local /home /root -iname '*peerwatt*'"
    nobodys = "find /etc /var /opt /run -nouser -o -nogroup"
    return set(machine.run(f"{ours} ! -path '/var/log/*'; {nobodys}").splitlines())
