"""Every question to a contract of ours reads its answer, and nothing else."""

import pytest

from node.ledger.contracts.artifacts import UnexpectedAnswer
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.sale import SaleContract
from node.ledger.contracts.token import TokenContract
from tests.fuzz.honest import ACCOUNT, AUCTION, METER, REGISTRY, SALE, TOKEN
from tests.parts.auction_asks import lane_of, tariff_number_in
from tests.parts.auction_lens import AuctionLens

LENS = "0x" + "5" * 40
OTHER = "0x" + "6" * 40
TOKENS, SALES = TokenContract(TOKEN), SaleContract(SALE)
METERS, MARKET, READER = RegistryContract(REGISTRY), AuctionContract(AUCTION), AuctionLens(LENS)
ROLE = bytes(32)
ASKS: list[Ask[object]] = [
    TOKENS.balance_of(OTHER),
    SALES.offer_of(OTHER),
    SALES.orders_of(ACCOUNT.account, OTHER),
    SALES.last_number(OTHER),
    SALES.grace(),
    SALES.token(),
    METERS.meter_count(),
    METERS.owner_of(METER),
    METERS.owned_power_of(METER),
    METERS.reporter_of(METER),
    METERS.kind_of(METER),
    METERS.last_reading(METER),
    METERS.interval(),
    METERS.installer_role(),
    METERS.has_role(ROLE, OTHER),
    *MARKET.constants().values(),
    MARKET.balance_of(OTHER),
    MARKET.owed_to(OTHER),
    MARKET.utility(),
    MARKET.leaving(),
    MARKET.utility_role(),
    MARKET.has_role(ROLE, OTHER),
    MARKET.order_at(METER, 7),
    MARKET.tariff_count(),
    MARKET.tariff(1),
    MARKET.noted_after(7),
    READER.fills_of(METER, 7),
    READER.most_units_of(METER),
    lane_of(MARKET, 7),
    tariff_number_in(MARKET, 7),
]


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.data[:10])
@pytest.mark.parametrize("answer", ["0x", "", "0x01", "None", "0x" + "f" * 31])
def test_what_no_such_contract_answers_is_refused(ask: Ask[object], answer: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="did not answer"):
        ask.read(answer)


def test_a_question_goes_to_its_contract() -> None:
    assert {ask.to for ask in ASKS} == {TOKEN, SALE, REGISTRY, AUCTION, LENS}
