"""A topic of a broker: what counts of it, and the recipes of docs/sources.md by their payloads."""

from pathlib import Path

import pytest

from node.devices.measured import made
from node.devices.trouble import SensorAbsent, SensorImplausible
from node.parameters import parse
from node.parameters.sections.source import DataSource
from tests.factories.sources import SetClock, SetTopics, around


class Heard:
    """One topic, and what is said under it."""

    def __init__(self, **keys):
        self.clock, self.street = SetClock(), SetTopics()
        source = DataSource(kind="mqtt", at="a/b", **keys)
        self.topic = made("meter", source, around(clock=self.clock, street=self.street))

    def say(self, payload, retained=False):
        self.street.say("a/b", payload, retained)

    @property
    def sample(self):
        return self.topic.sample()


def test_a_retained_value_counts_once_a_second_one_has_come():
    heard = Heard(feeds="load")
    heard.say(b"100", retained=True)
    with pytest.raises(SensorAbsent, match="only a retained value"):
        _ = heard.sample

    heard.say(b"100")
    assert heard.sample.power_w == 100.0


def test_a_retained_value_that_says_when_it_was_counts_by_its_age():
    heard = Heard(feeds="load", power="/w", time="/t", max_age_s=60)
    heard.say(b'{"w": 7, "t": %d}' % (heard.clock.calendar_s() - 61), retained=True)
    with pytest.raises(SensorAbsent):
        _ = heard.sample

    heard.say(b'{"w": 8, "t": %d}' % (heard.clock.calendar_s() - 59), retained=True)
    assert heard.sample.power_w == 8.0


def test_an_empty_payload_is_the_topics_end():
    heard = Heard(feeds="load")
    heard.say(b"100")
    heard.say(b"")

    with pytest.raises(SensorAbsent, match="its topic was removed"):
        _ = heard.sample


def test_what_is_no_number_is_named_once_the_last_one_is_stale():
    heard = Heard(feeds="load", max_age_s=30)
    heard.say(b"100")
    heard.say(b"off")
    assert heard.sample.power_w == 100.0

    heard.clock.pass_s(31)
    with pytest.raises(SensorImplausible, match="'off' is no number"):
        _ = heard.sample


def test_a_keepalive_is_sent_every_half_minute_while_it_is_asked():
    heard = Heard(feeds="load", keepalive="R/c0/keepalive")
    for _ in range(61):
        with pytest.raises(SensorAbsent):
            _ = heard.sample
        heard.clock.pass_s(1)

    assert heard.street.asked == ["R/c0/keepalive"] * 3


PAGE = Path(__file__).parents[4] / "docs" / "sources.md"


def recipe(title):
    """Give the sources of a recipe of the page."""
    text = PAGE.read_text(encoding="utf-8").split(f"### {title}")[1].split("```yaml\n")[1]
    return parse(text.split("```")[0], "sources.md").node.sources


def played(title, *said):
    """Let a recipe's sources hear what a program says; give what each of them tells."""
    clock, street = SetClock(), SetTopics()
    sources = {name: made(name, s, around(clock=clock, street=street)) for name, s in topics(title)}
    for topic, payload, retained in said:
        if topic in street.takers:
            street.say(topic, payload, retained)
    return clock, street, sources


def topics(title):
    """Let a recipe's own broker be the one that a test speaks for."""
    for name, source in recipe(title).items():
        topic = source.at.removeprefix("mqtt://venus.local/")
        yield name, source.model_copy(update={"at": topic})


def test_victron_tells_again_when_it_is_asked_and_takes_back_what_is_gone():
    system = "N/c0619ab4b4a4/system/0"
    _, street, sources = played(
        "Victron",
        (f"{system}/Ac/Grid/L1/Power", b'{"value": 812}', False),
        (f"{system}/Dc/Battery/Soc", b'{"value": 64.5}', False),
    )

    assert sources["grid"].sample().power_w == 812
    assert sources["battery"].sample().soc_pct == 64.5
    assert set(street.asked) == {"R/c0619ab4b4a4/keepalive"}
    street.say(f"{system}/Ac/Grid/L1/Power", b'{"value": null}')
    street.say(f"{system}/Dc/Battery/Soc", b"")
    for source in sources.values():
        with pytest.raises(SensorAbsent):
            source.sample()


def test_esphome_says_a_plain_number():
    topic = "kitchen/sensor/house_power/state"
    _, _, sources = played("ESPHome", (topic, b"231", True), (topic, b"232.5", False))

    assert sources["house"].sample().power_w == 232.5


def test_evcc_removes_its_topics_when_it_stops():
    named = {"homePower": b"431", "pvPower": b"2210", "grid/power": b"-1779", "batterySoc": b"88"}
    said = [(f"evcc/site/{name}", payload, False) for name, payload in named.items()]
    _, street, sources = played("evcc", *said)

    told = {name: source.sample() for name, source in sources.items()}
    assert {name: s.power_w for name, s in told.items() if s.power_w is not None} == {
        "house": 431, "solar": 2210, "grid": -1779,
    }  # fmt: skip
    assert told["battery"].soc_pct == 88
    for topic, _, _ in said:
        street.say(topic, b"", retained=False)
    for source in sources.values():
        with pytest.raises(SensorAbsent, match="removed"):
            source.sample()


def test_home_assistant_says_that_an_entity_is_unavailable():
    topic = "homeassistant/sensor/house_power/state"
    clock, street, sources = played("Home Assistant", (topic, b"512.0", False))
    clock.pass_s(599)
    assert sources["house"].sample().power_w == 512.0

    street.say(topic, b"unavailable")
    with pytest.raises(SensorAbsent, match="no value"):
        sources["house"].sample()
