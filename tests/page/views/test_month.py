"""A month: the days' sums are the rows', as a table and as CSV."""

import csv
import io
from datetime import date

from page.memory import Span
from page.views.day import begins_s
from page.views.month import days_of, month_csv, month_of, month_view, next_month, span_of
from page.words import Words
from tests.factories.page_pictures import SELLER, interval

FIRST = date(2026, 9, 1)


def rows():
    """Two days, of which the second has a quarter hour on the grid and one that knows nothing."""
    from_s = begins_s(FIRST)
    day = [interval(from_s + 900 * (one + 1)) for one in range(96)]
    late = begins_s(date(2026, 9, 2)) + 900
    unknown = dict.fromkeys(interval(0.0)) | {"at_s": late + 900}
    return (
        *day,
        interval(late, neighbours_milliwh={}, grid_milliwh=60_000, paid=None, earned=500),
        unknown,
    )


def test_the_sums_of_the_days_are_the_rows():
    days = days_of(rows())

    assert list(days) == [FIRST, date(2026, 9, 2)]
    first, second = days.values()
    assert first.milliwh == {
        "load": 9_600_000, "own": 3_840_000, "neighbours": 5_760_000, "generation": 2_880_000,
        "given": 0,
    }  # fmt: skip
    assert first.paid == 96 * 12_000
    assert first.self_sufficiency_pct == 40.0
    assert second.milliwh["grid"] == 60_000
    assert (second.paid, second.earned) == (0, 500)
    assert sum(one.milliwh["load"] for one in days.values()) == 9_700_000


def test_the_csv_has_the_same_sums():
    read = list(csv.DictReader(io.StringIO(month_csv(Span(rows=rows())))))

    assert [row["day"] for row in read] == ["2026-09-01", "2026-09-02"]
    assert read[0]["load_kwh"] == "9.600"
    assert read[0]["paid_tokens"] == "1.152"
    assert read[0]["grid_kwh"] == ""
    assert read[1]["grid_kwh"] == "0.060"
    assert read[0]["self_sufficiency_pct"] == "40.0"
    assert read[0]["tokens_at_end"] == "5"


def test_the_table_has_each_day_all_together_and_who_fed_me():
    told = month_view(FIRST, Span(rows=rows()), {SELLER: "home4"}, Words("en"))

    sums = ("9.600", "9.700", "40 %", "1.152", "together", "5.760 kWh")
    for part in (*sums, SELLER, ">home4<", "Load, kWh"):
        assert part in told
    assert "Nothing is kept" in month_view(FIRST, Span(rows=()), {}, Words("en"))


def test_a_month_of_small_energies_is_in_watt_hours():
    told = month_view(FIRST, Span(rows=rows()[:2]), {}, Words("en"))

    assert "Load, Wh" in told
    assert "<td>200.000</td>" in told


def test_months_are_read_and_follow_each_other():
    assert month_of("2026-12", FIRST) == date(2026, 12, 1)
    assert month_of("", date(2026, 9, 21)) == FIRST
    assert month_of("2026-13", FIRST) is None
    assert month_of("2026-1", FIRST) is None
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert span_of(FIRST)[1] == span_of(date(2026, 10, 1))[0]
