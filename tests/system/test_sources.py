"""Homes that measure with sources alone: real node processes, a real broker, played meters."""

import time

import pytest

from tests.parts.metered_home import metered_home
from tests.parts.waiting import until
from village.meters.pulses import PulseLine
from village.meters.topics import TopicTeller

METER = "house/meter"
LOAD = {"kind": "mqtt", "at": METER, "feeds": "load", "power": "/power", "max_age_s": 3}


@pytest.fixture
def teller(broker):
    teller = TopicTeller(broker.port)
    yield teller
    teller.close()


@pytest.mark.failure(
    part="sensors",
    failure="a meter's topic has an old value retained; it is removed; it comes back",
    person="`sensor_failed` and why, while nothing is told; no power rather than an old one",
    lasts="at once; until it tells again",
)
def test_a_topic_feeds_the_load_of_a_real_home(broker, teller, tmp_path):
    teller.say(METER, {"power": 999}, retain=True)
    with metered_home(tmp_path, broker.port, house=LOAD) as home:
        home.until(
            lambda seen: "only a retained value" in home.log and seen["load"]["power_w"] is None,
            "a retained value is no measurement",
        )

        before = home.until(
            lambda seen: teller.say(METER, {"power": 360}) or seen["load"]["power_w"] == 360,
            "the load is 360 W",
        )
        after = home.until(
            lambda seen: (
                teller.say(METER, {"power": 360})
                or seen["load"]["import_milliwh"] > before["load"]["import_milliwh"] + 100
            ),
            "a second of it is counted",
        )
        assert "sensor_failed" not in after["fault_names"]

        teller.remove(METER)
        gone = home.power_w("load", None)
        home.until(lambda seen: "sensor_failed" in seen["fault_names"], "its end is a fault")
        counted = home.status()["load"]["import_milliwh"]
        assert gone["load"]["export_milliwh"] == 0

        home.until(
            lambda seen: teller.say(METER, {"power": 36}) or seen["load"]["power_w"] == 36,
            "it is back",
        )
        assert home.status()["load"]["import_milliwh"] - counted < 100


def test_a_broker_of_its_own_is_asked_to_go_on_telling(broker, teller, tmp_path):
    """As a Victron GX: nothing is retained, and it falls silent without a word of its listeners."""
    asked = []
    teller.hear("R/c0ffee/keepalive", lambda payload: asked.append(payload))
    site = f"mqtt://127.0.0.1:{broker.port}/N/c0ffee/system/0"
    sources = {
        "grid": {
            "kind": "mqtt",
            "at": f"{site}/Ac/Grid/L1/Power",
            "feeds": "connection",
            "power": "/value",
            "keepalive": "R/c0ffee/keepalive",
        },
        "battery": {
            "kind": "mqtt",
            "at": f"{site}/Dc/Battery/Soc",
            "feeds": "none",
            "soc": "/value",
        },
    }
    with metered_home(tmp_path, **sources) as home:
        until(lambda: asked, "the listener says that it is there")
        assert asked[0] == b""

        def tell(soc):
            teller.say("N/c0ffee/system/0/Ac/Grid/L1/Power", {"value": -1200.5})
            teller.say("N/c0ffee/system/0/Dc/Battery/Soc", {"value": soc})

        home.until(lambda seen: tell(71.5) or seen["soc_settled"], "the charge is known")
        seen = home.power_w("connection", -1200.5)
        assert seen["soc_pct"] == 71.5

        home.until(lambda seen: tell(None) or seen["soc_pct"] is None, "a null is no charge")


@pytest.mark.failure(
    part="sensors",
    failure="a meter's pulse line (S0) is shorted, or wired the wrong way round",
    person="`sensor_failed`: its contact is closed for so long; what was counted stays",
    lasts="until it opens again; then each pulse counts",
)
def test_pulses_feed_the_load_of_a_real_home_over_a_restart_and_a_short_circuit(tmp_path):
    line = PulseLine(tmp_path / "s0")
    meter = {
        "kind": "s0",
        "at": f"unix:{tmp_path}/s0",
        "feeds": "load",
        "pulses_per_kwh": 1000,
        "max_age_s": 2,
    }

    def counted(wh):
        return lambda seen: seen.get("load") and seen["load"]["import_milliwh"] == wh * 1000

    with metered_home(tmp_path, meter=meter) as home:
        home.power_w("load", 0.0)
        line.pulse(time.monotonic() - 0.36)
        line.pulse()
        seen = home.until(counted(2), "two pulses are two watt-hours")
        assert 0 < seen["load"]["power_w"] <= 10_000

        home.stop()
        home.start()
        kept = home.power_w("load", 0.0)
        assert counted(2)(kept), "what was counted is kept"
        line.pulse()
        home.until(counted(3), "and it goes on from there")

        line.turn(is_closed=True)
        home.until(
            lambda seen: "sensor_failed" in seen["fault_names"] and "is closed for" in str(seen),
            "a short circuit is a fault",
        )
        line.turn(is_closed=False)
        home.until(
            lambda seen: "sensor_failed" not in seen["fault_names"] and counted(4)(seen),
            "it counts again",
        )
    line.close()
