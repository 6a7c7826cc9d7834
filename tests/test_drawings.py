"""The wiring drawings: as generated, true to the parameters' defaults, and nothing overlaps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from node.devices import ina219, max1704x
from node.parameters.sections.relay import Relay
from tools.drawings.__main__ import DRAWINGS, FOLDER
from tools.drawings.header import PIN_OF_GPIO, gpio

ROOT = Path(__file__).resolve().parent.parent
SVG = "{http://www.w3.org/2000/svg}"
WIDEST_README = 960
SMALLEST_TEXT = 12
LETTER_WIDTH = 0.62
"""Of the size, per letter: the mean of DejaVu Sans, the widest of the fonts that are named."""


@dataclass(frozen=True)
class Rectangle:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Rectangle") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def texts(root: ElementTree.Element) -> Iterator[tuple[str, Rectangle]]:
    """Give each text with the room it takes."""
    for found in root.iter(f"{SVG}text"):
        words, size = found.text or "", float(found.get("font-size", "0"))
        width = len(words) * size * LETTER_WIDTH
        x, y = float(found.get("x", "0")), float(found.get("y", "0"))
        left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[found.get("text-anchor", "")] * width
        yield words, Rectangle(left, y - 0.75 * size, left + width, y + 0.2 * size)


def strokes(root: ElementTree.Element) -> Iterator[Rectangle]:
    """Give each straight piece of a line; a slanted one by its two ends alone."""
    for line in root.iter(f"{SVG}polyline"):
        points = [tuple(map(float, point.split(","))) for point in line.get("points", "").split()]
        for (ax, ay), (bx, by) in pairwise(points):
            if ax == bx or ay == by:
                yield Rectangle(min(ax, bx), min(ay, by), max(ax, bx) + 0.1, max(ay, by) + 0.1)


@pytest.fixture(params=sorted(DRAWINGS))
def drawing(request):
    return ElementTree.parse(FOLDER / request.param).getroot()


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_every_drawing_is_as_its_program_makes_it(name):
    kept = (FOLDER / name).read_text(encoding="utf-8")

    assert kept == DRAWINGS[name](), "run python -m tools.drawings"


def test_there_is_no_other_drawing_and_each_is_shown():
    assert {path.name for path in FOLDER.iterdir()} == set(DRAWINGS)

    shown = (ROOT / "docs/wiring.md").read_text(encoding="utf-8")

    assert set(re.findall(r"\]\(drawings/([\w.]+)\)", shown)) == set(DRAWINGS)


def test_the_relay_drawing_names_every_default_pin_and_where_it_is():
    root = ElementTree.parse(FOLDER / "relay.svg").getroot()
    said = {words for words, _ in texts(root)}

    assert {gpio(pin) for pin in Relay().pins} <= said
    assert {f"channel {number}" for number in range(len(Relay().pins))} <= said


def test_a_drawn_feedback_pin_is_none_of_the_default_pins():
    root = ElementTree.parse(FOLDER / "relay.svg").getroot()
    (said,) = [words for words, _ in texts(root) if "feedback_pins" in words]

    assert not set(map(int, re.findall(r"\d+", said))) & set(Relay().pins)


def test_the_node_drawing_names_every_default_address():
    root = ElementTree.parse(FOLDER / "node.svg").getroot()
    said = " ".join(words for words, _ in texts(root))

    assert f"INA219 {ina219.DEFAULT_ADDRESS:#04x}" in said
    assert f"MAX17048 {max1704x.DEFAULT_ADDRESS:#04x}" in said


def test_the_header_has_each_gpio_on_a_pin_of_its_own():
    assert len(set(PIN_OF_GPIO.values())) == len(PIN_OF_GPIO)
    assert set(PIN_OF_GPIO.values()) <= set(range(1, 41))


def test_no_text_meets_another_or_leaves_the_sheet(drawing):
    width, height = (float(drawing.get(side, "0")) for side in ("width", "height"))
    written = list(texts(drawing))

    outside = [w for w, r in written if r.left < 4 or r.right > width - 4 or r.bottom > height - 4]
    assert not outside
    assert not [(a, b) for (a, ra), (b, rb) in combinations(written, 2) if ra.meets(rb)]


def test_no_line_runs_through_a_text(drawing):
    lines = list(strokes(drawing))

    assert not [words for words, room in texts(drawing) if any(room.meets(r) for r in lines)]


def test_a_drawing_is_legible_at_the_width_of_a_page(drawing):
    sizes = {float(found.get("font-size", "0")) for found in drawing.iter(f"{SVG}text")}

    assert float(drawing.get("width", "0")) <= WIDEST_README
    assert min(sizes) >= SMALLEST_TEXT


def test_a_drawing_brings_its_own_background(drawing):
    first = next(drawing.iter(f"{SVG}rect"))

    assert first.get("fill") == "#ffffff"
    assert float(first.get("width", "0")) > 0.99 * float(drawing.get("width", "0"))
