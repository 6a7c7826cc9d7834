import random

from node.core.sharing.keys import Contract, Shared, by_need
from node.core.sharing.money import Account

CENT = 10_000
"""Base units of a token of 6 decimals."""


def test_a_month_is_rounded_once_and_closes():
    account = Account.of(3)
    # Ten quarter hours of 1.5 mWh's worth each: rounded each by itself they would be nothing.
    for _ in range(10):
        account.add(Shared(got=[3, 0, 0], given=[0, 1, 2]), price_per_kwh=170_000)

    assert account.rounded() == ([5, 0, 0], [0, 2, 3])


def test_contracts_are_paid_at_their_own_prices():
    account = Account.of(3)
    contracts = [
        Contract(giver=1, taker=0, factor=1, price_per_kwh=100_000),
        Contract(giver=2, taker=0, factor=1, price_per_kwh=200_000),
    ]

    account.add_contracts(contracts, [1_000_000, 500_000])

    assert account.rounded() == ([200_000, 0, 0], [0, 100_000, 100_000])


def test_in_whole_cents_both_sides_add_up_to_the_same_whatever_was_shared():
    rng = random.Random(7)
    for _ in range(300):
        members = rng.randint(2, 9)
        account = Account.of(members)
        for _ in range(rng.randint(1, 30)):
            need = [rng.randint(0, 10**6) for _ in range(members)]
            surplus = [rng.randint(0, 10**6) for _ in range(members)]
            account.add(by_need(need, surplus), rng.randint(0, 400_000))
        for unit in (1, CENT):
            pays, receives = account.rounded(unit)

            assert sum(pays) == sum(receives)
            whole = 1_000_000 * unit
            for rounded, exact in zip(
                (*pays, *receives), (*account.pays, *account.receives), strict=True
            ):
                assert abs(rounded * whole - exact) < whole
