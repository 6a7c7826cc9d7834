"""The picture of the street: drawn again from its recording, and legible wherever it is shown."""

import json
from itertools import combinations
from xml.etree import ElementTree

import pytest

from tests.test_drawings import SMALLEST_TEXT, SVG, WIDEST_README, texts
from tools.pictures.__main__ import PICTURE, RECORDING, drawn
from tools.pictures.street import street
from village.view import COLUMNS


def recording() -> dict:
    return json.loads(RECORDING.read_text(encoding="utf-8"))


def crowded() -> dict:
    """The most homes that a street has, one of which has not spoken, all with long reasons."""
    moment = recording()
    home = {**moment["homes"]["home2"], "doing": "on_seller: " + "one reason after another " * 9}
    homes = {f"home{number}": home for number in range(1, 12)} | {"home12": None}
    wires = [[f"home{number}", f"home{number + 6}"] for number in range(1, 7)]
    return {**moment, "homes": homes, "wires": wires}


def test_the_picture_is_drawn_again_from_its_recording():
    assert PICTURE.read_text(encoding="utf-8") == drawn(), "run python -m tools.pictures"


def test_the_recording_has_the_columns_that_the_live_table_reads():
    names = [column.name for column in COLUMNS]

    assert [list(home) for home in recording()["homes"].values()] == [names] * 4


def test_it_shows_somebody_who_is_fed_by_a_neighbour():
    said = [words for words, _ in texts(ElementTree.fromstring(drawn()))]
    fed = {home: read["fed_by"] for home, read in recording()["homes"].items() if read["fed_by"]}

    assert fed
    assert {f"fed by {source}" for source in fed.values()} <= set(said)


@pytest.mark.parametrize("moment", [recording(), crowded()], ids=["kept", "crowded"])
def test_no_text_meets_another_or_leaves_the_picture(moment):
    root = ElementTree.fromstring(street(moment))
    width, height = (float(root.get(side, "0")) for side in ("width", "height"))
    written = list(texts(root))

    outside = [w for w, r in written if r.left < 4 or r.right > width - 4 or r.bottom > height - 4]
    assert not outside
    assert not [(a, b) for (a, ra), (b, rb) in combinations(written, 2) if ra.meets(rb)]


def test_it_is_light_and_legible_and_brings_all_that_it_needs():
    text = drawn()
    root = ElementTree.fromstring(text)
    sizes = {float(found.get("font-size", "0")) for found in root.iter(f"{SVG}text")}

    assert len(text) < 20_000
    assert float(root.get("width", "0")) <= WIDEST_README
    assert min(sizes) >= SMALLEST_TEXT
    assert next(root.iter(f"{SVG}rect")).get("fill") == "#ffffff"
    assert not [word for word in ("@font-face", "href", "<image", "url(") if word in text]


def test_the_pictures_of_pages_are_shown_and_weigh_little_together():
    """`python -m tests.parts.page_pictures` and `tests.community.test_printed` take them.

    No two are alike, so none is compared.
    """
    taken = sorted((PICTURE.parent / "pictures").iterdir())
    pages = [PICTURE.parent / name for name in ("page.md", "community.md")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)

    assert [one.name for one in taken if f"](pictures/{one.name})" not in text] == []
    assert 0 < sum(one.stat().st_size for one in taken) <= 1_000_000
