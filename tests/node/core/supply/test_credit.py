"""What was bought, and how much of it has been drawn."""

from dataclasses import replace

from node.core.commands import LONGEST_ORDER_S, SignReceipt
from node.core.supply.credit import (
    absorb_energy,
    absorb_receipt,
    absorb_view,
    left_milliwh,
    sign_due,
    usable,
)
from node.core.supply.orders import order_of
from tests.factories.home import (
    BLOCK,
    CALENDAR_S,
    NOW_S,
    chain_view,
    draw,
    open_order,
    order,
    receipt,
)
from tests.factories.settings import HOME, NEIGHBOUR, PRICE1, SELLER1, SELLER2


def test_an_open_order_that_is_not_known_is_adopted_with_what_was_redeemed():
    view = chain_view(orders=(order(drawn_milliwh=5_000),), last_number=7)

    draws = absorb_view((), view, HOME, NOW_S, pending=())

    assert (draw(drawn_milliwh=5_000, receipted_milliwh=5_000),) == draws


def test_an_order_that_is_still_pending_is_not_adopted():
    view = chain_view(orders=(order(7), order(8)), last_number=8)

    draws = absorb_view((), view, HOME, NOW_S, pending={8})

    assert (draw(7),) == draws


def test_another_buyers_order_is_not_adopted():
    view = chain_view(orders=(order(buyer=NEIGHBOUR, seller=HOME),))

    assert absorb_view((), view, HOME, NOW_S, pending=()) == ()


def test_a_draw_whose_order_is_closed_is_forgotten():
    assert absorb_view((draw(),), chain_view(last_number=7), HOME, NOW_S, pending=()) == ()


def test_a_draw_confirmed_after_the_views_block_is_kept():
    newer = draw(block=BLOCK + 1)

    assert (newer,) == absorb_view((newer,), chain_view(), HOME, NOW_S, pending=())


def test_what_was_drawn_never_falls_to_what_the_chain_has_redeemed():
    view = chain_view(orders=(order(drawn_milliwh=1_000),), last_number=7)
    known = draw(drawn_milliwh=9_000, receipted_milliwh=8_000)

    assert (known,) == absorb_view((known,), view, HOME, NOW_S, pending=())


def test_the_chains_terms_replace_those_that_were_asked_for():
    cheaper = order(price_per_kwh=150_000, expires_s=CALENDAR_S + 60)
    view = chain_view(orders=(cheaper,), last_number=7)

    draws = absorb_view((draw(expires_s=0),), view, HOME, NOW_S, pending=())

    assert (draw(price_per_kwh=150_000, expires_s=CALENDAR_S + 60),) == draws


def test_energy_is_charged_to_the_lower_number_first():
    draws = (draw(7, drawn_milliwh=199_000), draw(8))

    charged, uncovered = absorb_energy(draws, SELLER1, 3_000, CALENDAR_S)

    assert (draw(7, drawn_milliwh=200_000), draw(8, drawn_milliwh=2_000)) == charged
    assert uncovered == 0


def test_energy_is_charged_to_no_other_seller():
    draws = (draw(7, seller=SELLER2),)

    assert (draws, 3_000) == absorb_energy(draws, SELLER1, 3_000, CALENDAR_S)


def test_energy_beyond_all_credit_is_given_back_and_no_draw_exceeds_its_energy():
    charged, uncovered = absorb_energy((draw(drawn_milliwh=199_000),), SELLER1, 3_000, CALENDAR_S)

    assert (draw(drawn_milliwh=200_000),) == charged
    assert uncovered == 2_000


def test_energy_after_an_orders_end_is_charged_to_its_successor():
    """The seller may have settled the expired one already, and would not be paid from it."""
    draws = (draw(7, expires_s=CALENDAR_S), draw(8))

    charged, _ = absorb_energy(draws, SELLER1, 3_000, CALENDAR_S)

    assert (draw(7, expires_s=CALENDAR_S), draw(8, drawn_milliwh=3_000)) == charged


def test_a_falling_register_takes_nothing_back():
    draws = (draw(drawn_milliwh=5_000),)

    assert (draws, -1_000) == absorb_energy(draws, SELLER1, -1_000, CALENDAR_S)


def test_an_own_receipt_raises_its_draw():
    draws = absorb_receipt((draw(), draw(8)), receipt(drawn_milliwh=4_000))

    assert (draw(drawn_milliwh=4_000, receipted_milliwh=4_000), draw(8)) == draws


def test_an_older_receipt_lowers_nothing():
    draws = (draw(drawn_milliwh=9_000, receipted_milliwh=8_000),)

    assert draws == absorb_receipt(draws, receipt(drawn_milliwh=4_000))


def test_a_receipt_for_more_than_was_bought_counts_as_all_of_it():
    draws = absorb_receipt((draw(),), receipt(drawn_milliwh=900_000))

    assert (draw(drawn_milliwh=200_000, receipted_milliwh=200_000),) == draws


def test_receipts_are_signed_once_a_period_for_what_is_new():
    draws = (draw(7, drawn_milliwh=2_000), draw(8))

    early = sign_due(draws, NOW_S + 4, 5.0, at_once=False)
    late = sign_due(draws, NOW_S + 5, 5.0, at_once=False)

    assert (draws, ()) == early
    signed = replace(draws[0], receipted_milliwh=2_000, receipted_at_s=NOW_S + 5)
    assert late == (
        (signed, draws[1]),
        (SignReceipt(seller=SELLER1, number=7, drawn_milliwh=2_000),),
    )
    assert sign_due(late[0], NOW_S + 60, 5.0, at_once=True)[1] == ()


def test_a_drawn_out_order_is_signed_without_waiting():
    _, commands = sign_due((draw(drawn_milliwh=200_000),), NOW_S, 5.0, at_once=False)

    assert (SignReceipt(seller=SELLER1, number=7, drawn_milliwh=200_000),) == commands


def test_usable_credit_is_the_sellers_own_unexpired_and_not_drawn_out():
    draws = (
        draw(5, drawn_milliwh=200_000),
        draw(6, expires_s=CALENDAR_S),
        draw(7, seller=SELLER2),
        draw(8, drawn_milliwh=50_000),
    )

    assert (draws[3],) == usable(draws, SELLER1, CALENDAR_S)
    assert left_milliwh(draws) == 550_000


def test_a_draw_gives_its_order_back():
    undone = draw(energy_milliwh=206_000, price_per_kwh=PRICE1)

    assert open_order(max_duration_s=LONGEST_ORDER_S) == order_of(undone)
