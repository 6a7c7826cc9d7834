"""Pairing: who draws from whom, as far as the wires go, and in an order that nobody chooses."""

import random
from collections import Counter

import pytest

from node.core.auction.pairing import Pairing, Part, Round, pair, wires_hash

A, B, C, D = (f"0x{digit * 40}" for digit in "abcd")
S1, S2, S3 = (f"0x{digit * 40}" for digit in "123")


def fills(sold, bought, kind="solar"):
    return Round(kind=kind, sold=sold, bought=bought)


def part(buyer, seller, energy_milliwh, kind="solar"):
    return Part(kind=kind, buyer=buyer, seller=seller, energy_milliwh=energy_milliwh)


def paired(sold, bought, wires, interval=7):
    return pair(interval, (fills(sold, bought),), wires).parts


def test_a_need_is_split_over_its_sellers_the_fullest_first():
    assert paired({S1: 300, S2: 500}, {A: 700}, {A: (S1, S2)}) == (
        part(A, S2, 500),
        part(A, S1, 200),
    )


def test_a_surplus_goes_on_to_the_next_buyer():
    found = paired({S1: 1000}, {A: 300, B: 300}, {A: (S1,), B: (S1,)})

    assert Counter(p.buyer for p in found) == {A: 1, B: 1}
    assert sum(p.energy_milliwh for p in found) == 600


def test_who_has_only_one_seller_is_not_starved_by_who_has_two():
    found = paired({S1: 300, S2: 300}, {A: 300, B: 300}, {A: (S1, S2), B: (S1,)})

    assert found == (part(B, S1, 300), part(A, S2, 300))


def test_an_unwired_fill_is_left_to_the_grid():
    assert paired({S1: 300}, {A: 300, B: 300}, {A: (S2,)}) == ()


def test_a_seller_without_energy_is_no_choice():
    found = paired({S1: 300}, {A: 300, B: 300}, {A: (S1, S2, S3), B: (S1,)}, interval=7)
    again = paired({S1: 300}, {A: 300, B: 300}, {A: (S1,), B: (S1,)}, interval=7)

    assert found == again


def test_equals_take_turns_over_the_intervals():
    first = Counter(
        paired({S1: 300}, {A: 300, B: 300}, {A: (S1,), B: (S1,)}, interval)[0].buyer
        for interval in range(400)
    )

    assert min(first[A], first[B]) > 150


def test_kinds_are_paired_in_the_order_in_which_they_were_cleared():
    rounds = (fills({S1: 100}, {A: 100}, "chp"), fills({S1: 50, S2: 100}, {A: 150}))

    found = pair(7, rounds, {A: (S1, S2)})

    assert found.parts == (part(A, S1, 100, "chp"), part(A, S2, 100), part(A, S1, 50))


def test_the_result_depends_on_no_order_of_its_inputs():
    wires = {A: (S1, S2), B: (S2,), C: (S1, S3), D: (S3, S2)}
    sold, bought = {S1: 500, S2: 400, S3: 300}, {A: 350, B: 350, C: 350, D: 350}
    turned = {key: sold[key] for key in reversed(sold)}

    assert paired(sold, bought, wires) == paired(turned, dict(reversed(bought.items())), wires)


def test_the_wires_hash_knows_every_wire_and_the_files_order():
    wires = {A: (S1, S2), B: (S1,)}

    assert wires_hash(wires) == wires_hash(dict(reversed(wires.items())))
    assert wires_hash(wires) != wires_hash({A: (S2, S1), B: (S1,)})
    assert pair(7, (), wires) == Pairing(interval=7, wires_hash=wires_hash(wires), parts=())


@pytest.mark.parametrize("account", ["0x12", "seller1", "0x" + "z" * 40])
def test_what_is_no_account_is_refused(account):
    with pytest.raises(ValueError, match=r".+"):
        paired({S1: 1}, {account: 1}, {account: (S1,)})


def test_random_markets_never_assign_more_than_was_sold_bought_or_wired():
    chance = random.Random(20_162)
    homes = [f"0x{number:040x}" for number in range(1, 13)]
    for interval in range(400):
        sellers = chance.sample(homes, chance.randint(0, 6))
        buyers = [home for home in homes if home not in sellers]
        sold = {seller: chance.randint(1, 999) for seller in sellers}
        bought = {buyer: chance.randint(1, 999) for buyer in buyers}
        wires = {buyer: tuple(chance.sample(homes, chance.randint(0, 5))) for buyer in buyers}

        found = paired(sold, bought, wires, interval)

        given, taken = Counter(), Counter()
        for each in found:
            assert each.seller in wires[each.buyer]
            assert each.energy_milliwh > 0
            given[each.seller] += each.energy_milliwh
            taken[each.buyer] += each.energy_milliwh
        assert all(given[seller] <= sold[seller] for seller in given)
        assert all(taken[buyer] <= bought[buyer] for buyer in taken)
        # Nobody wired to a seller with something left stays in need.
        for buyer in buyers:
            if taken[buyer] < bought[buyer]:
                assert all(given[seller] == sold.get(seller, 0) for seller in wires[buyer])
