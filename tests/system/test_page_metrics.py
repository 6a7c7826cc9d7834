"""The page's metrics: for Prometheus, and for nobody who may not read them."""

import pytest

from tests.factories.page_pictures import home_picture
from tests.parts.page_host import OTHER_ADDRESS, PageHost, Speaking
from tests.parts.promtool import complaints
from tests.parts.waiting import until

TOKEN = "a token that nobody guesses"
VALUES = [
    {"name": "soc_pct", "title": "State of charge", "value": 34.1, "unit": "%", "rises": False},
    {"name": "load_import_milliwh", "title": "Load in", "value": 5, "unit": "mWh", "rises": True},
    {"name": "tokens", "title": "Tokens", "value": 5e6, "unit": "base units", "rises": False},
    {"name": "of_a_newer_home", "title": "New", "value": 1, "unit": "furlongs", "rises": False},
]
PRICE = {
    "name": "neighbours_price_per_kwh",
    "title": "Neighbours' price",
    "value": 200_000,
    "unit": "base units/kWh",
    "rises": False,
}
EVIL = {"name": 'x{y="1"} 2\nz', "title": "T", "value": 1, "unit": "W", "rises": False}


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A page of a home and of another that is away, whose metrics this machine may read."""
    directory = tmp_path_factory.mktemp("page")
    host = PageHost(directory, "metrics: true\nhosts: [page.example]", programs=("home", "away"))
    wrong = {"faults": ["Gas is low."], "fault_names": ["gas_low"], "grid_owes": 2_500_000}
    home = Speaking(directory / "home", home_picture(**wrong))
    home.answers["values"] = lambda _request: [*VALUES, PRICE, EVIL, 7]
    host.open()
    yield host
    host.close()
    home.close()


def test_prometheus_tool_accepts_what_is_told_in_base_units(host):
    reply = host.ask("GET", "/metrics")

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert complaints(reply.text) == ""
    samples = [line for line in reply.text.splitlines() if not line.startswith("#")]
    assert samples == [
        'peerwatt_up{program="home"} 1',
        'peerwatt_up{program="away"} 0',
        'peerwatt_program_info{program="home",node="home1",role="prosumer"} 1',
        'peerwatt_fault{program="home",fault="gas_low"} 1',
        'peerwatt_mode{program="home",part="supply",mode="on_seller"} 1',
        'peerwatt_seen_timestamp_seconds{program="home"} 1790000000',
        'peerwatt_block_number{program="home"} 77',
        'peerwatt_grid_owed_tokens{program="home"} 2.5',
        'peerwatt_soc_ratio{program="home"} 0.341',
        'peerwatt_load_import_joules_total{program="home"} 18',
        'peerwatt_tokens{program="home"} 5',
        'peerwatt_neighbours_price_tokens_per_kilowatt_hour{program="home"} 0.2',
    ]


def test_the_tool_does_complain_of_what_is_wrong():
    assert "no help text" in complaints("peerwatt_a 1\n")


@pytest.mark.parametrize(
    ("address", "name"),
    [(OTHER_ADDRESS, "10.1.2.3"), ("127.0.0.1", "page.example"), ("127.0.0.1", "10.1.2.3:8420")],
)
def test_without_a_token_this_machine_alone_may_read_them_and_no_proxy_on_it(host, address, name):
    refused = host.ask("GET", "/metrics", address=address, Host=name)

    assert refused.status == 403
    assert "peerwatt_" not in refused.text


def test_whoever_sends_the_token_may_read_them_and_nobody_else(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    host = PageHost(tmp_path, f"metrics: true\nmetrics_token: {file}")
    try:
        host.open()

        sent = {"Authorization": f"Bearer {TOKEN}", "Host": "10.1.2.3"}
        assert host.ask("GET", "/metrics", address=OTHER_ADDRESS, **sent).status == 200
        for wrong in ("", f"Bearer {TOKEN}x", "Bearer ", TOKEN, "Bearer \xe9"):
            refused = host.ask("GET", "/metrics", Authorization=wrong)
            assert (refused.status, "peerwatt_" in refused.text) == (401, False)
        file.write_text("short")
        assert host.ask("GET", "/metrics", **sent).status == 503
        until(lambda: host.said("holds no token of 16 to 256 letters"), "the log says why")
        # It is no key to anything else.
        assert host.ask("GET", "/home/", **sent).status == 303
    finally:
        host.close()


def test_they_are_off_unless_the_file_says_otherwise(tmp_path):
    host = PageHost(tmp_path)
    try:
        assert host.ask("GET", "/metrics").status == 404
    finally:
        host.close()
