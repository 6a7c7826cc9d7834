"""install.sh --page: a role without account, beside the others or alone."""

import socket
import stat
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError

from page.parameters import load
from tests.install.installed import Machine, environment, renamed

PATIENCE_S = 60.0


def page_file(machine: Machine) -> Path:
    return machine.root / "etc/peerwatt/page.yml"


def test_a_page_alone_has_no_account_and_no_parameters_of_the_street(
    machine: Machine, tmp_path: Path
) -> None:
    said = machine.install("--role", "page")
    assert said.status == 0, said.err
    assert [step.split(":")[0] for step in said.left] == ["Give the page its password"]
    assert {path.name for path in (machine.root / "etc/peerwatt").iterdir()} == {
        "page.yml",
        "secrets",
    }
    assert list((machine.root / "etc/peerwatt/secrets").iterdir()) == []
    again = machine.install()
    assert (again.status, again.lines("done")) == (0, [])

    with running(machine, tmp_path) as port:
        assert "<form" in fetched(port, "first")
        assert len(fetched(port, "static/page.css")) > 100
    assert machine.ask("page", "check").status == 0
    refused = machine.ask("backup", "one.backup", "--role", "page")
    assert refused.status == 2
    assert "the page has no account" in refused.err


@contextmanager
def running(machine: Machine, place: Path) -> Iterator[int]:
    """Run the installed page as its unit does, at a port that is free."""
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        port: int = found.getsockname()[1]
    page_file(machine).write_text(
        page_file(machine).read_text().replace("port: 8420", f"port: {port}")
    )
    python = machine.root / "opt/peerwatt/current/bin/python"
    process = subprocess.Popen(
        [str(python), "-m", "page", "run", "--parameters", str(page_file(machine))],
        cwd=place,
        env=environment(machine.root),
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def fetched(port: int, path: str) -> str:
    """Give what the page answers, once it does."""
    ends_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
                return str(answer.read(), "utf-8")
        except URLError as error:
            if hasattr(error, "code") or time.monotonic() > ends_s:
                raise
            time.sleep(0.1)


def test_a_page_comes_later_and_shows_the_programs_of_its_host(home: Machine) -> None:
    before = home.picture("etc/peerwatt/parameters.yml", "var/lib/peerwatt/node")
    said = home.install("--page")
    assert said.status == 0, said.err

    parameters = load(page_file(home))
    assert parameters.state_directory == home.root / "var/lib/peerwatt/page"
    assert parameters.programs == {"home": home.root / "run/peerwatt/node"}
    assert stat.S_IMODE(page_file(home).stat().st_mode) == 0o640
    # Who may not list the folder reaches a file in it by its name.
    assert stat.S_IMODE((home.root / "etc/peerwatt").stat().st_mode) == 0o751
    assert home.picture("etc/peerwatt/parameters.yml", "var/lib/peerwatt/node") == before
    assert home.install().lines("done") == []
    assert home.install("--node").lines("done") == []


def test_the_pages_file_is_never_overwritten_and_a_later_role_is_told(home: Machine) -> None:
    home.install("--page")
    page_file(home).write_text("programs: {ours: /run/peerwatt/node}\n")
    said = home.install("--utility")

    assert said.status == 0, said.err
    assert page_file(home).read_text() == "programs: {ours: /run/peerwatt/node}\n"
    assert [step for step in said.left if "page show the" in step] == [
        "Have the page show the utility, too: /run/peerwatt/utility, under programs in"
        f" {page_file(home)}"
    ]


def test_check_asks_the_page_and_its_wrong_file_refuses_an_upgrade(
    home: Machine, bundle: Path, tmp_path: Path
) -> None:
    home.install("--page")
    assert "listens at" in home.ask("check").out
    page_file(home).write_text("port: 0\n")
    said = home.ask("check", "page")
    assert said.status == 78
    assert "port" in said.err

    newer = renamed(bundle, tmp_path / "newer", "0.2.0-newer")
    said = home.install("--upgrade", bundle=newer)
    assert said.status == 1
    assert "check of page ended with 78" in said.out
    assert home.version == "0.1.0-first"


def test_purge_takes_the_page_with_it(home: Machine) -> None:
    home.install("--page")
    assert home.install("--uninstall").status == 0
    assert page_file(home).exists()
    assert home.install("--uninstall", "--purge").status == 0

    assert [path for path in home.root.rglob("*") if "peerwatt" in path.name] == []
