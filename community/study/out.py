"""Write a study's results: every interval and home, a comparison, a plot, what they came from."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from community.study.homes import Home
from community.study.play import Bill, Interval
from node.core.units import TOKEN
from node.system.version import version

COLUMNS = ("begin", "home", "need_wh", "surplus_wh")
_BAR, _GAP, _LEFT, _WIDTH = 16, 6, 170, 420
_MILLI = 1_000


class IntervalTable:
    """Write `intervals.csv` as the intervals come; `close` may be called twice."""

    def __init__(self, path: Path, homes: Sequence[Home], rules: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._homes = homes
        named = [
            f"{rule.replace(' ', '_')}_{what}"
            for rule in rules
            for what in ("got_wh", "gave_wh", "price_per_kwh")
        ]
        self._writer.writerow((*COLUMNS, *named))

    def add(self, interval: Interval) -> None:
        """Write an interval: a line a home."""
        for place, home in enumerate(self._homes):
            cells: list[object] = []
            for outcome in interval.outcomes:
                cells.extend(
                    (
                        outcome.shared.got[place] / _MILLI,
                        outcome.shared.given[place] / _MILLI,
                        outcome.price_per_kwh / TOKEN,
                    )
                )
            self._writer.writerow(
                (
                    interval.begin.isoformat(),
                    home.name,
                    interval.need[place] / _MILLI,
                    interval.surplus[place] / _MILLI,
                    *cells,
                )
            )

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def summary(
    name: str, text: str, data: str, homes: Sequence[Home], bills: Mapping[str, Sequence[Bill]]
) -> dict[str, object]:
    """Sum a study up: by rule and home the bill, and what it saves beside sharing nothing."""
    nothing = bills["nothing"]
    return {
        "scenario": name,
        "version": version(),
        "scenario_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "homes_sha256": hashlib.sha256(data.encode()).hexdigest(),
        "rules": {
            rule: {
                "shared_kwh": sum(bill.got for bill in of_rule) / 1_000_000,
                "saved": sum(
                    before.amount - bill.amount
                    for before, bill in zip(nothing, of_rule, strict=True)
                )
                / TOKEN,
                "homes": {
                    home.name: {
                        "pays": bill.amount / TOKEN,
                        "saved": (before.amount - bill.amount) / TOKEN,
                    }
                    for home, before, bill in zip(homes, nothing, of_rule, strict=True)
                },
            }
            for rule, of_rule in bills.items()
        },
    }


def written(found: Mapping[str, object]) -> str:
    """Write a summary as JSON; the same study gives the same bytes."""
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def comparison(found: Mapping[str, object]) -> str:
    """Write a table for people: by rule what was shared and saved, who gains most and least."""
    lines = [f"{'rule':<24}{'shared kWh':>12}{'saved':>10}{'least home':>22}{'most home':>22}"]
    for rule, of_rule in _rules(found).items():
        saved = {name: of["saved"] for name, of in of_rule["homes"].items()}
        least, most = min(saved, key=saved.__getitem__), max(saved, key=saved.__getitem__)
        lines.append(
            f"{rule:<24}{of_rule['shared_kwh']:>12.1f}{of_rule['saved']:>10.2f}"
            f"{f'{least} {saved[least]:.2f}':>22}{f'{most} {saved[most]:.2f}':>22}"
        )
    return "\n".join(lines) + "\n"


def plot(found: Mapping[str, object]) -> str:
    """Draw what each home saves under each rule, as SVG."""
    rules = _rules(found)
    bars = [
        (f"{rule}: {name}", of["saved"])
        for rule, of_rule in rules.items()
        if rule != "nothing"
        for name, of in of_rule["homes"].items()
    ]
    most = max((abs(saved) for _, saved in bars), default=0.0) or 1.0
    height = len(bars) * (_BAR + _GAP) + _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 90} {height}"'
        ' font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(str(found['scenario']))}: what each home saves</title>",
    ]
    for number, (label, saved) in enumerate(bars):
        top = _GAP + number * (_BAR + _GAP)
        width = abs(saved) / most * _WIDTH
        colour = "#2b7a4b" if saved >= 0 else "#a33"
        parts.append(
            f'<text x="{_LEFT - 6}" y="{top + 12}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>'
            f'<text x="{_LEFT + width + 6:.1f}" y="{top + 12}">{saved:.2f}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _rules(found: Mapping[str, Any]) -> Mapping[str, Any]:
    rules: Mapping[str, Any] = found["rules"]
    return rules
