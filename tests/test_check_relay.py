"""`check` compares what the relay says of itself with what this home's file says."""

import pytest

from node.check_finding import Finding
from node.check_relay import relay
from node.parameters import Parameters, parse
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
