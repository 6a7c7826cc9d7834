"""The utility as a process: tariff, grid, clearing, pairing, settling, over real parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.settlement import deposit_up
from tests.chain import Chain, running_chain
from tests.market_street import bid, offer
from tests.utility_host import UTILITY, UtilityHost

TARIFF = {"from": "00:00", "feed_in": 0.1, "retail": 0.289}


@pytest.fixture
def chain() -> Iterator[Chain]:
    with running_chain("--auto-impersonate") as chain:
        yield chain


@pytest.fixture
def host(chain: Chain, tmp_path: Path) -> Iterator[UtilityHost]:
    host = UtilityHost(chain, tmp_path, section={"tariff": [TARIFF], "peak_w": 10_000})
    yield host
    host.close()


def test_the_utility_lives_through_intervals_by_itself(host: UtilityHost) -> None:
    host.start()
    # 10 kW for two quarter hours are 5 kWh, at the feed-in that is posted.
    host.until(lambda: host.state().get("grid_balance") == 500_000, "the grid is funded")
    buyer, seller = host.street.homes

    interval = host.live_through({0: bid(500), 1: offer(300)}, {0: (299_000, 0), 1: (0, 300_000)})

    # 0.3 kWh at the seller's own tick, 0.08 + 5 x 0.003.
    assert host.balance(seller) == deposit_up(offer(300), host.street.terms()) + 28_500
    paired = host.paired(interval)
    assert paired is not None
    assert paired["wires"] == {buyer.account: [seller.account]}
    part = {
        "kind": "solar",
        "buyer": buyer.account,
        "seller": seller.account,
        "energy_milliwh": 299_000,
    }
    assert paired["parts"] == [part]
    told = [said for topic, said in host.ear.heard if topic == f"{UTILITY}/pairing/{buyer.account}"]
    assert {"interval": interval, "wires_hash": paired["wires_hash"], "parts": [part]} in [
        pairing for said in told for pairing in said["pairings"]
    ]
    assert host.state()["newest"]["paired_before_delivery_s"] > 0
