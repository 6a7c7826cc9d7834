"""What neighbours paid today is what redemptions brought, once each."""

import pytest

from node.core.budget import SECONDS_PER_DAY, Spent
from node.core.commands import Redeem
from node.home.inward.earning import Earning
from tests.factories.home import DAY, chain_view, confirmed, order, receipt
from tests.factories.settings import HOME, SELLER1

NOON_S = (DAY + 0.5) * SECONDS_PER_DAY
SOLD = order(buyer=SELLER1, seller=HOME, energy_milliwh=200_000, price_per_kwh=160_000)
DRAWN = receipt(buyer=SELLER1, seller=HOME, drawn_milliwh=50_000)
PAID = 8_000
"""50 Wh at 0.16 tokens."""
REDEEMED = confirmed(Redeem(receipt=DRAWN, close=True))


@pytest.fixture
def earning():
    made = Earning(HOME, Spent(day=0, amount=0))
    made.look((), chain_view(orders=(SOLD,)), NOON_S)
    return made


def test_a_redemption_earns_what_was_drawn_though_its_order_is_gone(earning):
    earning.look((), chain_view(orders=()), NOON_S)
    earning.look((REDEEMED,), chain_view(orders=()), NOON_S)
    earning.look((REDEEMED,), chain_view(orders=()), NOON_S)

    assert earning.today(NOON_S) == PAID


def test_what_was_redeemed_before_is_not_earned_again():
    made = Earning(HOME, Spent(day=DAY, amount=5))
    before = order(
        buyer=SELLER1, seller=HOME, drawn_milliwh=40_000, price_per_kwh=SOLD.price_per_kwh
    )
    made.look((), chain_view(orders=(before,)), NOON_S)
    made.look((REDEEMED,), None, NOON_S)

    assert made.today(NOON_S) == 5 + PAID // 5


def test_a_new_day_begins_at_nothing(earning):
    earning.look((REDEEMED,), None, NOON_S)

    assert earning.today(NOON_S + SECONDS_PER_DAY) == 0


def test_a_neighbours_sale_earns_this_home_nothing():
    made = Earning(HOME, Spent(day=0, amount=0))
    made.look((), chain_view(orders=(order(buyer=HOME, seller=SELLER1),)), NOON_S)
    made.look((confirmed(Redeem(receipt=receipt(buyer=HOME), close=True)),), None, NOON_S)

    assert made.today(NOON_S) == 0
