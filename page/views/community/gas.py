"""What the utility's operations cost on the chain: the gas of each, plotted and summed up."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from page.bands import Line, lines_band
from page.html import Html, fill, joined
from page.memory import Row, Span, at_s_of
from page.views.day import problem_of, table_of
from page.views.frame import number_in, text_in
from page.words import Words

SHOWN_DAYS = 7
_MARKS = 4
_COLOURS = ("sun", "battery", "neighbour", "grid", "load", "bad")


def gas_view(span: Span, since_s: float, now_s: float, words: Words) -> Html:
    """Show the operations of a span, each kind as a line of its own and a row."""
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in span.rows:
        if text_in(row, "part") == "operation" and number_in(row, "gas_used") is not None:
            by_kind[text_in(row, "state")].append(row)
    if not by_kind:
        none = fill("<p>{none}</p>", none=words("No operation of these days is kept."))
        return joined((problem_of(span, words), none))
    first_s = min(at_s_of(rows[0]) for rows in by_kind.values())
    kinds = sorted(by_kind.items(), key=lambda one: -len(one[1]))
    return joined(
        (
            problem_of(span, words),
            *(
                _plot(name, rows, colour, max(since_s, first_s), now_s, words)
                for (name, rows), colour in zip(kinds, _COLOURS * len(kinds), strict=False)
            ),
            _table(kinds, words),
        )
    )


def _plot(
    name: str, rows: Sequence[Row], colour: str, from_s: float, to_s: float, words: Words
) -> Html:
    """Plot each operation of a kind as a needle; its height is its gas."""
    span_s = max(to_s - from_s, 1.0)
    points: list[tuple[float, float | None]] = []
    for row in rows:
        at = min(1.0, max(0.0, (at_s_of(row) - from_s) / span_s))
        points += [(at, 0.0), (at, float(number_in(row, "gas_used") or 0)), (at, None)]
    marks = [
        (part / _MARKS, f"{datetime.fromtimestamp(from_s + span_s * part / _MARKS):%d.%m. %H:%M}")
        for part in range(_MARKS + 1)
    ]
    line = Line(kind=colour, name=words("each time"), points=points)
    return lines_band(_spoken(name), words("gas"), [line], marks)


def _table(kinds: Sequence[tuple[str, Sequence[Row]]], words: Words) -> Html:
    lines = [
        fill(
            '<tr><th scope="row">{name}</th><td>{count}</td><td>{least}</td><td>{mean}</td>'
            "<td>{most}</td><td>{whole}</td></tr>",
            name=_spoken(name),
            count=len(gas),
            least=_grouped(min(gas)),
            mean=_grouped(round(sum(gas) / len(gas))),
            most=_grouped(max(gas)),
            whole=_grouped(sum(gas)),
        )
        for name, rows in kinds
        for gas in ([int(number_in(row, "gas_used") or 0) for row in rows],)
    ]
    heads = (
        words("Operation"), words("How often"), words("Least gas"), words("Mean"), words("Most"),
        words("Together"),
    )  # fmt: skip
    head = words("Gas of each operation")
    return fill("<h2>{head}</h2>{table}", head=head, table=table_of(heads, lines, head))


def _spoken(name: str) -> str:
    """Write an operation's name, as ClearInterval, in words."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
