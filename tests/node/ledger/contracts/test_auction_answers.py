"""What an endpoint may show as the auction's orders, and what of it is refused."""

import pytest
from eth_abi.abi import encode

from node.core.auction.clearing import Bid, Kind, Offer
from node.ledger.contracts.artifacts import UnexpectedAnswer
from node.ledger.contracts.auction import AuctionContract, Placed, Placement

ACCOUNT = "0x" + "11" * 20
ORDER = AuctionContract(ACCOUNT).order_at(3, 7)


def answer(side, energy_units=10):
    """Encode a stored order: its account, deposit, energy, side and two ticks."""
    members = (ACCOUNT, 300, energy_units, side, 7, 3)
    return "0x" + encode(["address", "uint128", "uint64", "uint8", "uint8", "uint8"], members).hex()


@pytest.mark.parametrize(
    ("side", "order"),
    [
        (0, Bid(solar_tick=7, chp_tick=3, energy_units=10)),
        (1, Offer(kind=Kind.SOLAR, tick=7, energy_units=10)),
        (2, Offer(kind=Kind.CHP, tick=7, energy_units=10)),
    ],
)
def test_an_order_is_read_by_its_side(side, order):
    placed = ORDER.read(answer(side))

    assert placed == Placed(
        account=ACCOUNT, placement=Placement(interval=7, meter_id=3, order=order)
    )


def test_an_order_without_energy_is_none():
    assert ORDER.read(answer(0, energy_units=0)) is None


def test_an_order_of_an_unknown_side_is_no_answer():
    """A lying endpoint must end in a refused answer, never in a bug's error."""
    with pytest.raises(UnexpectedAnswer, match="unknown side, 3"):
        ORDER.read(answer(3))
