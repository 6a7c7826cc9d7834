"""What a source's payload says of a price."""

from decimal import Decimal

import pytest

from contracts.price_source import Picks, SaysNothing, read_price

CAME = 1_782_000_000.0


def picks(price="", factor="1", time=None):
    return Picks(price=price, factor=Decimal(factor), time=time)


@pytest.mark.parametrize(
    ("payload", "wanted", "price"),
    [
        (b"0.18\n", picks(), 180_000),
        (b"18.5 ct", picks(factor="0.01"), 185_000),
        (b'{"data": [{"marketprice": 123.45}]}', picks("/data/0/marketprice", "0.001"), 123_450),
        (b"-3", picks(factor="0.001"), -3_000),
        (b"0.0000004", picks(), 0),
    ],
)
def test_a_price_is_found_and_scaled_to_base_units(payload, wanted, price):
    found = read_price(payload, wanted, CAME)

    assert (found.price_per_kwh, found.at_s) == (price, CAME)


def test_a_source_may_tell_its_own_time():
    found = read_price(b'{"p": 1, "at": "2026-06-21T00:00:00Z"}', picks("/p", time="/at"), CAME)

    assert found.at_s == 1_782_000_000


@pytest.mark.parametrize("payload", [b"", b"unknown", b"null"])
def test_a_source_may_say_that_it_has_none(payload):
    with pytest.raises(SaysNothing):
        read_price(payload, picks(), CAME)


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [(b"about ten", picks()), (b"{}", picks("/p")), (b"{", picks("/p")), (b"nan(1)", picks())],
)
def test_what_is_no_price_is_refused(payload, wanted):
    with pytest.raises(ValueError, match=r".+"):
        read_price(payload, wanted, CAME)
