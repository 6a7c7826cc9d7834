"""A bill as Debian's Chromium prints it: sheets of A4, and nothing that a sheet cuts off.

`python -m tests.community.test_printed` takes the picture of docs/community.md anew.
"""

import json
import re
from pathlib import Path

import pytest

from community.billing.page import page
from community.store import KeptBill
from tests.parts.browser import chromium

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "bill.png"
WIDTH_MM, HEIGHT_MM, MARGIN_MM = 210, 297, 20
PIXELS_PER_MM = 96 / 25.4
A_LONG_WORD = "Wohnbaugenossenschaftsverwaltungsgesellschaft" * 4


def a_bill(fees=1, member="Anna Huber", points=2):
    said = {
        "community": "Sonnweg",
        "issuer": {
            "name": "Sonnweg", "address": "Sonnweg 1, 9999 Beispiel", "tax_id": "",
            "note": "No tax is charged: small business.",
        },
        "member": {"name": member, "address": "Sonnweg 1, 9999 Beispiel"},
        "month": "2026-10",
        "currency": "EUR",
        "points": [
            {
                "point": f"AT00999900000000000001{number:011d}", "direction": "consumption",
                "metered_milliwh": 190_417_000, "shared_milliwh": 57_621_000,
            }
            for number in range(points)
        ],
        "got_milliwh": 57_621_000, "given_milliwh": 150_818_000, "price_per_kwh": 120_000,
        "pays": 691, "receives": 1_810,
        "fees": [
            {"name": f"membership {number}", "base": "month", "rate": 2_000_000, "amount": 200}
            for number in range(fees)
        ],
        "total": 691 - 1_810 + 200 * fees,
    }  # fmt: skip
    return KeptBill(number="2026-0001", member=member, corrects=None, content=json.dumps(said))


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.mark.parametrize(
    ("bill", "least_sheets"),
    [
        (a_bill(), 1),
        (a_bill(fees=60, points=40), 2),
        (a_bill(member=A_LONG_WORD), 1),
    ],
    ids=["ordinary", "long", "a long name"],
)
def test_a_bill_prints_on_a4(browser, bill, least_sheets):
    tab = browser.new_page(
        viewport={
            "width": round((WIDTH_MM - 2 * MARGIN_MM) * PIXELS_PER_MM),
            "height": round(HEIGHT_MM * PIXELS_PER_MM),
        }
    )
    tab.set_content(page(bill))
    tab.emulate_media(media="print")
    wider = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    printed = tab.pdf(prefer_css_page_size=True)

    tab.close()
    assert wider <= 0
    sheets = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
    assert (len(sheets) == 1) if least_sheets == 1 else (len(sheets) >= least_sheets)
    for width, height in sheets:
        assert abs(float(width) - WIDTH_MM * 72 / 25.4) < 1
        assert abs(float(height) - HEIGHT_MM * 72 / 25.4) < 1


def main() -> None:
    """Take the picture of the documents: of a whole bill as it is read."""
    with chromium() as found:
        tab = found.new_page(viewport={"width": 640, "height": 560})
        tab.set_content(page(a_bill()))
        tab.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
