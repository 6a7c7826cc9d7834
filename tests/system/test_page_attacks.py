"""The page against whoever means it ill, from this network or from a page in a person's browser."""

import time

import pytest

from node.core.errors import Refused
from node.links.status import ask
from page.memory import KINDS
from tests.factories.page_pictures import home_picture
from tests.parts.page_host import PASSWORD, PageHost, Speaking
from tests.parts.waiting import until

CROWD = "127.0.0.5"
GUESSER = "127.0.0.6"
MANY = 1000


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    host = PageHost(tmp_path_factory.mktemp("page"), "hosts: [page.example]")
    home = Speaking(host.directory / "home", home_picture())
    host.open()
    yield host
    host.close()
    home.close()


@pytest.fixture
def cookie(host):
    return host.log_in()


def is_known(host, cookie):
    return host.ask("GET", "/home/", Cookie=cookie).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "cross-site", "Origin": ""},
    ],
)
def test_a_page_of_another_origin_changes_nothing(host, cookie, headers):
    """Though the browser were to send the cookie along, and a form needs no leave of ours."""
    refused = host.ask("POST", "/logout", form="", Cookie=cookie, **headers)

    assert (refused.status, refused.cookie) == (403, "")
    assert is_known(host, cookie)
    again = host.ask("POST", "/login", form=f"password={PASSWORD}", **headers)
    assert (again.status, again.cookie) == (403, "")


@pytest.mark.parametrize("headers", [{}, {"Sec_Fetch_Site": "same-origin", "Origin": ""}])
def test_a_form_of_our_own_page_is_taken_with_either_header(host, cookie, headers):
    """Over plain HTTP in a home's network a browser sends the `Origin` alone."""
    assert host.ask("POST", "/logout", form="", Cookie=cookie, **headers).status == 303
    assert not is_known(host, cookie)


@pytest.mark.parametrize(
    "name", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a b", "[::1"]
)
def test_a_name_that_was_made_to_lead_here_shows_nothing(host, cookie, name):
    reply = host.ask("GET", "/home/", Cookie=cookie, Host=f"{name}:{host.port}")

    assert reply.status in (400, 421)
    assert "neighbour" not in reply.text
    origin = f"http://{name}:{host.port}"
    form = f"password={PASSWORD}"
    reply = host.ask("POST", "/login", form=form, Host=f"{name}:{host.port}", Origin=origin)
    assert (reply.status in (400, 421), reply.cookie) == (True, "")


def test_our_own_names_and_addresses_show_it(host, cookie):
    for name in ("localhost", "page.example", "PAGE.example", "[::1]", "192.168.7.7"):
        assert host.ask("GET", "/home/", Cookie=cookie, Host=name).status == 200, name


def test_two_hosts_in_one_request_show_nothing(host, cookie):
    with host.link() as link:
        asked = f"GET /home/ HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nCookie: {cookie}"
        link.sendall(f"{asked}\r\nConnection: close\r\n\r\n".encode())
        told = read_all(link)
    assert told.split()[1] in (b"400", b"421")
    assert b"neighbour" not in told


def test_a_stolen_cookie_is_worth_nothing_after_logout(host, cookie):
    mine = host.log_in()
    assert host.ask("POST", "/logout", form="", Cookie=cookie).status == 303

    reply = host.ask("GET", "/home/", Cookie=cookie)

    assert (reply.status, reply.headers["Location"]) == (303, "../login")
    assert host.ask("GET", "/home/events", Cookie=cookie).status == 401
    assert is_known(host, mine)
    assert not is_known(host, "peerwatt_page=")
    assert not is_known(host, f"peerwatt_page={'A' * 43}")


def test_guessing_takes_longer_and_longer_and_keeps_nobody_else_out(host):
    wrong = [
        host.ask("POST", "/login", form=f"password=wrong{number}", come_from=GUESSER)
        for number in range(5)
    ]

    assert [reply.status for reply in wrong] == [403, 403, 403, 429, 429]
    assert all(not reply.cookie for reply in wrong)
    assert int(wrong[-1].headers["Retry-After"]) >= 1
    # Nor does the right one help while its sender has to wait.
    right = host.ask("POST", "/login", form=f"password={PASSWORD}", come_from=GUESSER)
    assert (right.status, right.cookie) == (429, "")
    assert host.log_in()
    before = waits_s(host)
    assert before > 0
    until(lambda: waits_s(host) > before, "the next wait is longer")


def waits_s(host):
    """Guess once more, as soon as that counts, and give how long the next one takes."""
    until(lambda: guess(host).status == 403, "a guess counts")
    return int(guess(host).headers["Retry-After"])


def guess(host):
    return host.ask("POST", "/login", form="password=wrong", come_from=GUESSER)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../password.json",
        "/static/..%2f..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/static/%00",
        "/static/..\\..\\etc\\passwd",
        "/static%2f..%2fhome/",
        "/login/../home/",
        "/login%2f..%2fhome/",
        "/first/..;/home/",
        "//home/",
        "/home/../../state/password.json",
        "http://localhost/home/",
        "/home/%2e%2e/home/",
    ],
)
def test_no_path_leads_anywhere_else(host, path):
    reply = host.ask("GET", path)

    assert reply.status in (303, 400, 404)
    assert "root:" not in reply.text
    assert "scrypt" not in reply.text
    assert "neighbour" not in reply.text


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: x\r\n" * 10_000 + b"\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PUT /home/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a=b;" * 1_500 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"\0" * 1_000 + b"\r\n\r\n",
    ],
    ids=range(16),
)
def test_what_is_no_request_of_a_browsers_is_answered_in_a_word_or_not_at_all(host, request_):
    with host.link() as link:
        link.sendall(request_)
        # A page that wants more of a request waits; its end comes with the link's.
        link.shutdown(1)
        told = read_all(link)

    assert told == b"" or told.split()[1] in (b"303", b"400", b"403", b"405", b"421"), told
    assert b"aiohttp" not in told
    assert b"Traceback" not in told
    assert host.ask("GET", "/login").status == 200


FORMS = [
    ("password=" + "x" * 5_000, {}, 413),
    ("x" * 2_000_000, {}, 413),
    ("&".join(f"a{n}=" for n in range(700)), {}, 403),
    ('{"password": 5}', {"Content_Type": "application/json"}, 415),
    ("--b\r\n\r\n", {"Content_Type": "multipart/form-data; boundary=b"}, 415),
    ("password=%ff%fe", {}, 403),
    ("password=\0", {}, 403),
    ("password=x", {"Content_Type": "application/x-www-form-urlencoded; charset=no"}, 400),
    ("", {}, 403),
]


@pytest.mark.parametrize(("form", "headers", "status"), FORMS, ids=range(len(FORMS)))
def test_a_form_that_is_none_lets_nobody_in(host, form, headers, status):
    # Each from an address of its own, as a guess has to wait.
    sender = f"127.0.1.{1 + FORMS.index((form, headers, status))}"
    try:
        reply = host.ask("POST", "/login", form=form, come_from=sender, **headers)
    except ConnectionError:
        # It had said no and gone before the end of what was sent.
        assert status == 413
    else:
        assert (reply.status, reply.cookie) == (status, "")
    assert host.log_in()


def test_who_sends_or_reads_a_byte_now_and_then_is_let_go(host, cookie):
    """Three at once: a head, a body and a silence that do not end."""
    head, body, silence = host.link(CROWD), host.link(CROWD), host.link(CROWD)
    head.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\n")
    origin = "Host: localhost\r\nOrigin: http://localhost\r\nContent-Length: 4000"
    kind = "Content-Type: application/x-www-form-urlencoded"
    body.sendall(f"POST /login HTTP/1.1\r\n{origin}\r\n{kind}\r\n\r\npassword=".encode())

    for link in (head, body, silence):
        link.settimeout(0.2)
    links = {"head": head, "body": body, "silence": silence}
    gone = {}

    def all_are_gone():
        for name, link in links.items():
            if name not in gone and is_gone(link, b"X" if name != "silence" else b""):
                gone[name] = time.monotonic()
        return len(gone) == len(links)

    until(all_are_gone, "all three are let go")
    assert is_known(host, cookie)


def is_gone(link, byte):
    """Drip a byte, and see whether the other side has closed."""
    try:
        if byte:
            link.sendall(byte)
        while link.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def test_a_thousand_connections_keep_out_only_themselves(host, cookie):
    crowd = [host.link(CROWD) for _ in range(MANY)]
    try:
        for link in crowd[::3]:
            try:
                link.sendall(b"GET /home/events HTTP/1.1\r\n")
            except ConnectionError:
                continue

        assert is_known(host, cookie)
        assert host.log_in()
        assert host.files() < 300
    finally:
        for link in crowd:
            link.close()
    until(lambda: host.files() < 60, "their places are free again")


def test_open_pages_are_bounded_and_let_go(host, cookie):
    wanted = f"GET /home/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"
    links = [host.link() for _ in range(110)]
    try:
        told = []
        for link in links:
            link.sendall(wanted.encode())
            told.append(link.recv(200))
        assert sum(b"200 OK" in one for one in told) == 96
        assert sum(b" 503 " in one for one in told) == 14
        assert is_known(host, cookie)
    finally:
        for link in links:
            link.close()
    until(lambda: host.files() < 60, "their places are free again")


def test_no_bad_request_reaches_the_home(tmp_path):
    (tmp_path / "home").mkdir()
    home = Speaking(tmp_path / "home", home_picture())
    host = PageHost(tmp_path)
    try:
        host.open()
        # What it asks by itself when it starts is no visitor's doing.
        until(lambda: len(home.asked) == len(KINDS), "it has taken the last days")
        home.asked.clear()
        for path in ("/home/", "/home/events", "/home/own-source", "/"):
            for method in ("GET", "POST", "PUT", "DELETE"):
                host.ask(method, path, form="on=1" if method == "POST" else None)

        assert home.asked == []
        with pytest.raises(Refused):
            ask(host.state, {"do": "status"})
    finally:
        host.close()
        home.close()


def read_all(link):
    told = b""
    try:
        while piece := link.recv(65_536):
            told += piece
    except ConnectionError:
        pass
    return told
