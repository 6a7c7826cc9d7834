"""`check` compares what the relay says of itself with what this home's file says."""

import socket
import threading

import pytest

from node.checks.relay import relay
from node.parameters import parse
from node.parameters.scheme import Parameters
from node.system.report import Finding
from tests.factories.announcing import announcement, answering, connection
from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, STRANGER


def home(port: int, *, name: str | None = None, seller: str = SELLER.account) -> Parameters:
    named = "" if name is None else f", name: {name}"
    return parse(
        f"""
node: {{name: home1, role: consumer}}
sellers:
  home2: {{account: '{seller}'}}
relay: {{host: 127.0.0.1, port: {port}{named}}}
""",
        "parameters.yml",
    )


def failures(found: list[Finding]) -> list[str]:
    return [str(finding) for finding in found if finding.fails]


WIRED = announcement("board", [connection(0, "home1", "home2", BUYER.account, SELLER.account)])


def test_a_relay_that_is_the_one_and_wired_as_named_is_well():
    with answering(WIRED) as port:
        found = list(relay(home(port, name="board"), BUYER.account))

    assert failures(found) == []
    assert [str(finding) for finding in found] == [
        "well  relay: board answers, 1 connection(s)",
        "well  wiring: home1 from home2",
    ]


def test_another_relay_than_the_named_one_fails_as_the_node_hears_no_other():
    with answering(WIRED) as port:
        found = list(relay(home(port, name="garage"), BUYER.account))

    (failure,) = failures(found)
    assert failure.startswith("FAIL  relay: board answers, and the file names garage")
    assert "set relay.name: board" in failure


def test_a_sellers_account_that_the_relay_does_not_wire_fails_and_the_right_one_is_named():
    with answering(WIRED) as port:
        found = list(relay(home(port, seller=STRANGER.account), BUYER.account))

    (failure,) = failures(found)
    assert failure.startswith(
        f"FAIL  seller home2: the relay has no connection from {STRANGER.account} to this home"
    )
    assert f"set sellers.home2.account: '{SELLER.account}'" in failure


def test_a_seller_by_its_channels_fails_where_another_account_consents_there():
    with answering(WIRED) as port:
        named = home(port, seller=STRANGER.account)
        seller = named.sellers["home2"].model_copy(update={"channels": (0, 1)})
        wired = named.model_copy(update={"sellers": {"home2": seller}})
        found = list(relay(wired, BUYER.account))

    (failure,) = failures(found)
    assert failure.startswith("FAIL  seller home2: the relay has no connection from")


@pytest.mark.parametrize(
    ("key", "asked"),
    [("channels: [2, 3]", "over channels 2, 3"), ("connection: 1", "number 1")],
)
def test_a_seller_that_is_wired_otherwise_than_named_is_told_how(key, asked):
    """Its own account was told as the one to set."""
    text = f"""
node: {{name: home1, role: consumer}}
sellers:
  home2: {{account: '{SELLER.account}', {key}}}
relay: {{host: 127.0.0.1, port: PORT}}
"""
    with answering(WIRED) as port:
        found = list(relay(parse(text.replace("PORT", str(port)), "p.yml"), BUYER.account))

    assert failures(found) == [
        "FAIL  seller home2: the relay has this neighbour's connection as number 0, over channels"
        f" 0, 1; the file means the one {asked}"
        f" -> leave sellers.home2.{key.partition(':')[0]} out, or have it say the same"
    ]


def test_an_ancestors_channels_that_are_none_of_the_relays_are_told_by_both_keys():
    text = f"""
node: {{name: home1, typ: C, channel: 2}}
sellers:
  home2: {{account: '{SELLER.account}', channel: 3}}
relay: {{host: 127.0.0.1, port: PORT}}
"""
    with answering(WIRED) as port:
        found = list(relay(parse(text.replace("PORT", str(port)), "p.yml"), BUYER.account))

    (failure,) = failures(found)
    assert "leave node.channel and sellers.home2.channel out" in failure


def test_nobody_there_is_told_without_the_systems_number():
    found = list(relay(home(9), BUYER.account))

    (failure,) = failures(found)
    assert failure.startswith("FAIL  relay: no connection to 127.0.0.1:9: Connection refused ->")


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n", b"x" * 300_000])
def test_another_program_at_the_port_has_a_sentence_without_the_names_of_classes(said):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            link.sendall(said)
            link.recv(100)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        found = list(relay(home(server.getsockname()[1]), BUYER.account))

    (failure,) = failures(found)
    assert "not JSON" in failure or "sends longer lines than any relay" in failure
    assert "NotJson" not in failure
    assert "Separator" not in failure


def test_a_seller_with_this_homes_own_account_fails():
    with answering(WIRED) as port:
        found = list(relay(home(port, seller=BUYER.account), BUYER.account))

    (failure,) = failures(found)
    assert failure.startswith("FAIL  seller home2: has this home's own account")


def test_a_board_that_knows_this_home_by_an_older_account_says_which():
    old = announcement("board", [connection(0, "home1", "home2", STRANGER.account, SELLER.account)])
    with answering(old) as port:
        found = list(relay(home(port), BUYER.account))

    wiring = next(str(finding) for finding in found if finding.what == "wiring")
    assert wiring == (
        f"FAIL  wiring: no connection names this account, {BUYER.account};"
        f" for home1 it names {STRANGER.account}"
        " -> have it named in relay.connections on the relay host"
    )


def test_a_name_that_home_and_relay_share_fails():
    same = announcement("home1", [connection(0, "home1", "home2", BUYER.account, SELLER.account)])
    with answering(same) as port:
        found = list(relay(home(port), BUYER.account))

    assert failures(found) == [
        "FAIL  names: this home and the relay are both called home1 -> give one of them another"
        " name (node.name here, relay.name at the relay)"
    ]


def test_a_port_that_takes_the_connection_and_says_nothing_has_its_sentence():
    with answering(None) as port:
        found = list(relay(home(port), BUYER.account))

    (failure,) = failures(found)
    assert f"127.0.0.1:{port} takes the connection and says nothing within 3 s" in failure
    assert "check that peerwatt-relay runs" in failure


@pytest.mark.parametrize("account", [None, OTHER_BUYER.account])
def test_nothing_is_said_of_sellers_while_the_account_is_unknown_or_not_wired(account):
    with answering(WIRED) as port:
        found = list(relay(home(port), account))

    told = {finding.what for finding in found if finding.fails}
    assert told == (set() if account is None else {"wiring", "seller home2"})
