"""The page as a process: the first password, what it shows of a home, and that it ends in order."""

import ssl
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.factories.page_pictures import event, history, home_picture, interval
from tests.parts.page_host import OTHER_ADDRESS, PASSWORD, PROGRAM, PageHost, Speaking
from tests.parts.waiting import until


@pytest.fixture
def host(tmp_path):
    host = PageHost(tmp_path)
    yield host
    host.close()


def test_first_password_needs_the_code_and_opens_the_page_to_the_network(host):
    with pytest.raises(OSError):
        host.ask("GET", "/first", address=OTHER_ADDRESS)
    wrong = host.ask("POST", "/first", form=f"code=wrong&password={PASSWORD}")
    assert (wrong.status, wrong.cookie) == (403, "")
    short = host.ask("POST", "/first", form=f"code={host.code()}&password=short")
    assert (short.status, short.cookie) == (422, "")
    assert host.ask("GET", "/").headers["Location"] == "first"

    right = host.ask("POST", "/first", form=f"code={host.code()}&password={PASSWORD}")

    assert right.status == 303
    again = host.ask("POST", "/first", form=f"code={host.code()}&password=another password")
    assert (again.status, again.headers["Location"], again.cookie) == (303, "login", "")
    until(lambda: host.said("the page is at http://0.0.0.0"), "it listens everywhere")
    page = host.ask("GET", "/home/", address=OTHER_ADDRESS, Cookie=right.cookie)
    assert page.status == 200
    assert "no running node answers" in page.text
    kept = host.state / "password.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in kept.read_text() + host.log.read_text()


def test_a_password_that_is_changed_or_taken_away_ends_every_session(host):
    host.open()
    cookie = host.log_in()
    assert host.ask("GET", "/home/", Cookie=cookie).status == 200

    host.password(typed="quite another password")
    assert host.ask("GET", "/home/", Cookie=cookie).headers["Location"] == "../login"
    assert host.ask("POST", "/login", form=f"password={PASSWORD}").status == 403

    host.password("--reset")
    until(lambda: host.log.read_text().count("http://127.0.0.1:") == 2, "it is the loopback's")
    with pytest.raises(OSError):
        host.ask("GET", "/login", address=OTHER_ADDRESS)
    assert host.ask("GET", "/home/", Cookie=cookie).headers["Location"] == "../first"


def test_a_home_is_shown_live_and_what_it_says_is_no_markup(host):
    home = Speaking(host.directory / "home", home_picture())
    host.open()
    cookie = host.log_in()

    page = host.ask("GET", "/home/", Cookie=cookie)

    assert "draws the neighbour&#x27;s energy" in page.text
    assert "the battery is to reach 60 %" in page.text
    assert "in <strong>535 W</strong> = <strong>535 W</strong> out" in page.text
    with host.link() as link, link.makefile("rb") as lines:
        wanted = f"GET /home/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"
        link.sendall(wanted.encode())
        evil = "<script>alert(1)</script>"
        home.picture = home_picture(faults=[evil], fault_names=["soc_missing"])
        told = until(lambda: line if b"alert" in (line := lines.readline()) else None, "it is told")
        assert b"&lt;script&gt;" in told
        assert b"<script" not in told
        assert b"battery gauge" in told
        home.close()
        until(lambda: b"does not answer" in lines.readline(), "that it is away")
        # What it said last is still shown.
        assert "&lt;script&gt;" in host.ask("GET", "/home/", Cookie=cookie).text
        host.ask("POST", "/logout", form="", Cookie=cookie)
        until(lambda: lines.readline() == b"", "the events of a session that has ended")


def test_a_home_that_starts_or_is_older_than_the_page_is_shown(host):
    home = Speaking(
        host.directory / "home", {"node": "home1", "starting": True, "faults": ["all is new"]}
    )
    host.open()
    cookie = host.log_in()

    starting = host.ask("GET", "/home/", Cookie=cookie).text
    home.picture = {"node": "home1", "soc_pct": "half", "supply": 5, "faults": "none"}
    until(
        lambda: (
            "starting" not in (older := host.ask("GET", "/home/", Cookie=cookie).text)
            and "not measured" in older
        ),
        "what an older one says is shown as far as it goes",
    )
    home.close()

    assert "It is starting" in starting
    assert "all is new" not in starting


def test_day_and_month_are_shown_and_outlast_the_home(host):
    now_s = int(time.time())
    home = Speaking(host.directory / "home", home_picture(calendar_s=now_s))
    rows = [interval(now_s - now_s % 900 - 900 * back) for back in range(200, -1, -1)]
    happened = [event(now_s - 5, "safe", "a wire came loose")]
    home.answers["history"] = history({"intervals": rows, "events": happened, "trades": []})
    host.open()
    cookie = host.log_in()

    today = datetime.fromtimestamp(now_s - 5).date()
    day = host.ask("GET", f"/home/day?day={today}", Cookie=cookie).text
    this = datetime.fromtimestamp(rows[0]["at_s"] - 1).strftime("%Y-%m")
    month = host.ask("GET", f"/home/month?month={this}", Cookie=cookie).text
    file = host.ask("GET", f"/home/month.csv?month={this}", Cookie=cookie)

    assert "a wire came loose" in day
    assert "together" in month
    assert file.headers["Content-Type"].startswith("text/csv")
    assert "home-" in file.headers["Content-Disposition"]
    assert host.ask("GET", "/home/day?day=never", Cookie=cookie).status == 400
    assert host.ask("GET", "/home/month.csv?month=2026-77", Cookie=cookie).status == 400
    home.close()
    away = host.ask("GET", f"/home/day?day={today}", Cookie=cookie).text
    assert "what the page still holds" in away
    assert "a wire came loose" in away
    assert host.ask("GET", f"/home/month.csv?month={this}", Cookie=cookie).status == 503


def test_tls_by_certificate_files_and_a_secure_cookie(tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=page"
    subprocess.run(
        [*make.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    host = PageHost(tmp_path, f"certificate: {certificate}\nkey: {key}")
    try:
        context = ssl.create_default_context(cafile=str(certificate))
        context.check_hostname = False
        with context.wrap_socket(host.link()) as link, link.makefile("rb") as answer:
            form = f"code={host.code()}&password={PASSWORD}"
            link.sendall(
                f"POST /first HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}"
                f"\r\nConnection: close\r\n\r\n{form}".encode()
            )
            told = answer.read()
        assert told.startswith(b"HTTP/1.1 303 ")
        assert b"; Secure" in told
    finally:
        host.close()


def test_the_page_works_below_a_path(tmp_path):
    host = PageHost(tmp_path, "prefix: /energy/page")
    try:
        host.open()
        reply = host.ask("POST", "/energy/page/login", form=f"password={PASSWORD}")
        assert "Path=/energy/page/;" in reply.headers["Set-Cookie"]
        page = host.ask("GET", "/energy/page/home/", Cookie=reply.cookie)
        assert 'href="../static/page.css"' in page.text
        assert host.ask("GET", "/energy/page/static/page.css").status == 200
        assert host.ask("GET", "/home/", Cookie=reply.cookie).status == 404
    finally:
        host.close()


def test_wrong_parameters_are_all_told_and_end_with_78(tmp_path):
    path = Path(tmp_path / "page.yml")
    path.write_text("port: 70000\nhosts: [Big]\nlisten: here\nwhat: 1\ncertificate: /x\n")

    done = subprocess.run(
        [*PROGRAM, "run", "--parameters", str(path)], capture_output=True, text=True
    )

    assert done.returncode == 78
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "port", "hosts", "listen", "what", "key",
    ]  # fmt: skip


def test_a_browser_that_asks_for_german_is_answered_in_german(host):
    home = Speaking(host.directory / "home", home_picture())
    host.open()
    cookie = host.log_in()

    german = host.ask("GET", "/home/", Cookie=cookie, Accept_Language="de-AT,en;q=0.5").text
    english = host.ask("GET", "/home/", Cookie=cookie, Accept_Language="en").text
    with host.link() as link, link.makefile("rb") as lines:
        asked = f"GET /home/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
        link.sendall(f"{asked}Accept-Language: de\r\n\r\n".encode())
        live = until(lambda: line if b"34" in (line := lines.readline()) else None, "it is live")
    home.close()

    assert '<html lang="de">' in german
    for told in ("Ladezustand", "34,1 %", "Versorgung <b>beim Nachbarn</b>", "Heute ausgegeben"):
        assert told in german, told
    # What the home itself says stays as it says it.
    assert "draws the neighbour&#x27;s energy" in german
    assert "34.1 %" in english
    assert "34,1 %" not in english
    assert b"34,1 %" in live
