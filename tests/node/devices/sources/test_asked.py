"""Web servers and files that are asked: what they answer, and what goes wrong on the way."""

import os
from base64 import b64encode
from pathlib import Path

import pytest

from node.devices.measured import made
from node.devices.trouble import SensorAbsent, SensorImplausible
from node.parameters import parse
from node.parameters.sections.source import DataSource
from tests.factories.sources import CALENDAR_S, SetClock, around

PAGE = Path(__file__).parents[4] / "docs" / "sources.md"


def of_web(web, clock=None, **keys):
    source = DataSource(kind="http", at=f"{web.url}/meter", every_s=0.2, **keys)
    return made("meter", source, around(clock=clock))


def test_a_page_is_asked_again_and_again(web, sampled):
    values = iter(range(1000))
    web.answer = lambda path, form: (200, b'{"w": %d}' % next(values))
    source = of_web(web, feeds="load", power="/w")

    sampled(source, lambda got: getattr(got, "power_w", 0) >= 2, "it was asked three times")

    assert web.asked[0] == ("/meter", "")


def test_a_user_and_a_password_go_along(web, sampled, tmp_path):
    (tmp_path / "password").write_text("word\n")
    web.answer = lambda path, form: (200, b"5")
    source = of_web(web, feeds="load", user="ann", password_file=tmp_path / "password")

    sampled(source, lambda got: hasattr(got, "power_w"), "it answers")

    said = {name.lower(): value for name, value in web.headers[0].items()}
    assert said["authorization"] == f"Basic {b64encode(b'ann:word').decode()}"


@pytest.mark.parametrize(
    ("status", "body", "kind", "why"),
    [
        (401, b"", SensorAbsent, "status 401"),
        (500, b"", SensorAbsent, "status 500"),
        (302, b"", SensorAbsent, "status 302"),
        (200, b"<html>", SensorImplausible, "Expecting value"),
        (200, b'{"v": 1}', SensorImplausible, "there is no /w"),
        (200, b'{"w": null}', SensorAbsent, "no value"),
        (200, b"x" * 262_145, SensorAbsent, "262144"),
    ],
)
def test_what_goes_wrong_is_named(web, sampled, status, body, kind, why):
    web.answer = lambda path, form: (status, body)
    source = of_web(web, feeds="load", power="/w")

    trouble = sampled(source, lambda got: "nothing told yet" not in str(got), "a reason")

    assert isinstance(trouble, kind)
    assert why in str(trouble)


def test_nobody_there_is_absent_and_who_returns_is_heard(web, sampled):
    web.answer = lambda path, form: (503, b"")
    source = of_web(web, feeds="load")
    sampled(source, lambda got: "503" in str(got), "it is away")
    web.answer = lambda path, form: (200, b"7")
    sampled(source, lambda got: hasattr(got, "power_w"), "it answers")
    clock = SetClock()
    other = made(
        "meter",
        DataSource(kind="http", at="http://127.0.0.1:9/", feeds="load"),
        around(clock=clock),
    )

    trouble = sampled(other, lambda got: "refused" in str(got), "nobody answers")

    assert isinstance(trouble, SensorAbsent)


def test_openems_is_asked_for_a_channel(web, sampled):
    text = PAGE.read_text(encoding="utf-8").split("### OpenEMS")[1].split("```yaml\n")[1]
    recipe = parse(text.split("```")[0], "sources.md").node.sources
    web.answer = lambda path, form: (
        200, b'{"address":"x","type":"INTEGER","value":%d}' % (61 if "Soc" in path else -1500)
    )  # fmt: skip
    told = {}
    for name, source in recipe.items():
        moved = source.model_copy(
            update={"at": web.url + "/rest" + source.at.partition("/rest")[2],
                    "password_file": None}
        )  # fmt: skip
        got = sampled(made(name, moved, around()), lambda got: hasattr(got, "power_w"), name)
        told[name] = (got.power_w, got.soc_pct)

    assert told["grid"] == (-1500, None)
    assert told["battery"] == (None, 61)


class TestFile:
    """A file below the node's directory."""

    def written(self, tmp_path, text, at_s=CALENDAR_S):
        (tmp_path / "new").write_text(text)
        (tmp_path / "new").replace(tmp_path / "meter.json")
        os.utime(tmp_path / "meter.json", (at_s, at_s))

    def source(self, tmp_path, clock=None, **keys):
        source = DataSource(kind="file", at="meter.json", feeds="load", every_s=0.2, **keys)
        return made("meter", source, around(tmp_path, clock))

    def test_it_is_as_old_as_it_was_written(self, tmp_path, sampled):
        clock = SetClock()
        self.written(tmp_path, '{"w": 21}', CALENDAR_S - 7)

        got = sampled(
            self.source(tmp_path, clock, power="/w"), lambda got: hasattr(got, "power_w"), "read"
        )

        assert (got.power_w, got.taken_at_s) == (21.0, clock.now_s - 7)

    def test_an_old_one_is_stale_and_a_new_one_is_read(self, tmp_path, sampled):
        self.written(tmp_path, "21", CALENDAR_S - 61)
        source = self.source(tmp_path)
        sampled(source, lambda got: "nothing told for 60 s" in str(got), "stale")

        self.written(tmp_path, "22", CALENDAR_S - 1)
        got = sampled(source, lambda got: hasattr(got, "power_w"), "read")

        assert got.power_w == 22.0

    def test_a_missing_one_is_absent(self, tmp_path, sampled):
        trouble = sampled(self.source(tmp_path), lambda got: "No such file" in str(got), "missing")

        assert isinstance(trouble, SensorAbsent)
