"""The ladder between the grid's two prices is 63 equal ticks of whole base units, the nearest."""

import pytest

from node.core.auction.tariff import HIGHEST_TICK, ladder, rounding


def test_a_ladder_has_its_two_prices_at_its_ends():
    found = ladder(80_000, 269_000)

    assert (found.feed_in_per_kwh, found.tick_size_per_kwh, found.retail_per_kwh) == (
        80_000,
        3_000,
        269_000,
    )


@pytest.mark.parametrize(
    ("retail", "taken", "sentence"),
    [
        (
            300_000,
            299_996,
            "0.3 is taken as 0.299996: feed-in, 0.08, and 63 equal ticks of 0.003492.",
        ),
        (250_000, 249_974, "0.25 is taken as 0.249974: feed-in, 0.08, and 63 equal ticks"),
        (250_036, 250_037, "0.250036 is taken as 0.250037: feed-in, 0.08, and 63 equal ticks"),
        (269_000, 269_000, None),
    ],
)
def test_a_price_that_does_not_fit_is_rounded_and_said(retail, taken, sentence):
    found = ladder(80_000, retail)

    assert found.retail_per_kwh == taken
    told = rounding(found, retail)
    assert (told or "").startswith(sentence or "")
    assert (told is None) == (sentence is None)


def test_no_price_is_moved_by_more_than_half_of_63_base_units():
    for retail in range(80_000 + HIGHEST_TICK, 80_000 + 9 * HIGHEST_TICK):
        found = ladder(80_000, retail)

        assert abs(found.retail_per_kwh - retail) <= HIGHEST_TICK // 2
        assert ladder(80_000, found.retail_per_kwh) == found


@pytest.mark.parametrize("retail", [80_000, 80_062, 1])
def test_a_retail_price_not_above_feed_in_is_refused(retail):
    with pytest.raises(ValueError, match=r"above feed-in, 0\.08: 0\.080063 or more$"):
        ladder(80_000, retail)
