"""Numbers in what programs say: as they really write them, and what is none."""

import pytest

from node.devices.sources.told import Told
from node.devices.sources.values import in_text, instant, number, told_of
from node.parameters.sections.source import DataSource


def source(**keys):
    return DataSource(kind="mqtt", at="a/b", **keys)


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (12, 12.0),
        ("-3.25", -3.25),
        (" 1e3\n", 1000.0),
        ("230.5 W", 230.5),
        ("+.5kW", 0.5),
        ("unavailable", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_what_programs_write_for_a_number_and_for_none(found, value):
    assert number(found) == value


@pytest.mark.parametrize("found", ["on", True, "1,5", "1 2 3", "0x10", [], {}, "1e999"])
def test_what_is_no_number_is_refused_with_itself(found):
    with pytest.raises(ValueError, match="is no number"):
        number(found)


def test_one_message_may_tell_power_registers_and_charge_each_in_its_unit():
    payload = b'{"apower": 1.25, "aenergy": {"total": [2.5, 3]}, "soc": 0.5, "a/b": {"~": 7}}'
    asked = source(
        feeds="load", power="/apower", imported="/aenergy/total/0", exported="/aenergy/total/1",
        soc="/soc", unit="kW", energy_unit="Wh",
    )  # fmt: skip

    told = told_of(asked, in_text(payload))

    assert told == Told(power_w=1250.0, imported_wh=2.5, exported_wh=3.0, soc_pct=0.5)
    assert told_of(source(feeds="load", power="/a~1b/~0"), in_text(payload)) == Told(power_w=7.0)


def test_a_payload_is_the_power_where_nothing_else_is_named():
    assert told_of(source(feeds="load", scale=-2), in_text(b"21.5")) == Told(power_w=-43.0)


def test_a_charge_alone_may_be_a_part_of_one():
    told = told_of(source(soc="/soc", scale=100), in_text(b'{"soc": 0.62}'))

    assert told == Told(soc_pct=62.0)


@pytest.mark.parametrize("payload", [b"{}", b"[1]", b'{"power": {}}', b"not json", b"\xff"])
def test_what_lacks_the_pointers_value_says_so(payload):
    with pytest.raises(ValueError):
        told_of(source(feeds="load", power="/power"), in_text(payload))


@pytest.mark.parametrize(
    "written",
    [1_700_000_000, "1700000000", 1_700_000_000_000, "2023-11-14T22:13:20Z",
     "2023-11-14T23:13:20+01:00", "2023-11-14 22:13:20"],
)  # fmt: skip
def test_an_instant_as_programs_write_it(written):
    assert instant(written) == 1_700_000_000


@pytest.mark.parametrize("written", [None, "yesterday", -5, "2023-14-01"])
def test_what_is_no_instant(written):
    with pytest.raises(ValueError):
        instant(written)
