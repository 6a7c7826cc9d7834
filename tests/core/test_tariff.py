"""The ladder between the grid's two prices is 63 equal ticks of whole base units, or is refused."""

import pytest

from node.core.tariff import HIGHEST_TICK, ladder


def test_a_ladder_has_its_two_prices_at_its_ends():
    found = ladder(80_000, 269_000)

    assert (found.feed_in_per_kwh, found.tick_size_per_kwh, found.retail_per_kwh) == (
        80_000,
        3_000,
        269_000,
    )


@pytest.mark.parametrize(
    ("retail", "near"),
    [
        (250_000, "0.249974 or 0.250037"),
        (250_036, "0.249974 or 0.250037"),
        (80_000, "0.080063"),
        (80_062, "0.080063"),
        (1, "0.080063"),
    ],
)
def test_prices_that_do_not_fit_are_refused_with_the_nearest_that_do(retail, near):
    with pytest.raises(ValueError, match=f"above feed-in, 0.08, by 63 equal ticks: {near}$"):
        ladder(80_000, retail)


def test_what_is_named_as_nearest_fits():
    for retail in range(80_000 + HIGHEST_TICK, 80_000 + 5 * HIGHEST_TICK):
        if (retail - 80_000) % HIGHEST_TICK == 0:
            assert ladder(80_000, retail).retail_per_kwh == retail
            continue
        with pytest.raises(ValueError, match="equal ticks") as refused:
            ladder(80_000, retail)
        named = str(refused.value).rpartition(": ")[2].split(" or ")
        prices = [round(float(price) * 10**6) for price in named]
        assert prices[0] < retail < prices[1] == prices[0] + HIGHEST_TICK
        assert [ladder(80_000, price).retail_per_kwh for price in prices] == prices
