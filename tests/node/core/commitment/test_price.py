"""Which of an oracle's answers fix a price."""

from dataclasses import replace

import pytest

from node.core.commitment.price import MOST_PRICE_PER_KWH, Round, Unfit, price_of

NOW = 1_782_000_000
TOLD = Round(round_id=7, answer=18_000_000, updated_at_s=NOW - 60, answered_in_round=7, decimals=8)


def test_an_answer_has_its_own_decimals():
    assert price_of(TOLD, NOW, 3_600) == 180_000
    assert price_of(replace(TOLD, decimals=6), NOW, 3_600) == 18_000_000
    assert price_of(replace(TOLD, answer=3, decimals=0), NOW, 3_600) == 3_000_000


def test_it_is_rounded_down():
    assert price_of(replace(TOLD, answer=199, decimals=8), NOW, 3_600) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"answer": 0}, Unfit.NOT_POSITIVE),
        ({"answer": -1}, Unfit.NOT_POSITIVE),
        ({"answer": 99}, Unfit.NOT_POSITIVE),
        ({"updated_at_s": NOW + 1}, Unfit.AHEAD),
        ({"updated_at_s": NOW - 3_601}, Unfit.STALE),
        ({"answered_in_round": 6}, Unfit.CARRIED_OVER),
        ({"answer": 100 * (MOST_PRICE_PER_KWH + 1)}, Unfit.TOO_LARGE),
    ],
)
def test_an_unfit_answer_fixes_none(change, why):
    assert price_of(replace(TOLD, **change), NOW, 3_600) is why


def test_the_last_second_of_freshness_counts():
    assert price_of(replace(TOLD, updated_at_s=NOW - 3_600), NOW, 3_600) == 180_000
    assert price_of(replace(TOLD, updated_at_s=NOW), NOW, 3_600) == 180_000
