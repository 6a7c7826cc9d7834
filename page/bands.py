"""Draw a day as bands over one time axis, as a picture that needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass

from page.html import Html, fill
from page.words import numeral

WIDTH, HEIGHT, LEFT, TOP = 720, 120, 44, 8
_BAND = """<figure class="band"><figcaption>{title}{keys}</figcaption>
<svg viewBox="0 0 800 150" role="img" aria-label="{told}">
{grid}{lines}
</svg></figure>
"""
_KEY = ' <span class="key {kind}">{name}</span>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Hold a line: its kind of colour, its name, and points of time (0 to 1) and value.

    None is a gap.
    """

    kind: str
    name: str
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Hold what lasted: from and to (0 to 1), its kind of colour, and its words."""

    kind: str
    name: str
    begins: float
    ends: float


def lines_band(
    title: str, unit: str, lines: Sequence[Line], hours: Sequence[tuple[float, str]]
) -> Html:
    """Draw lines over one axis; `hours` are marks of the time axis. Nothing without values."""
    values = [value for line in lines for _, value in line.points if value is not None]
    if not values:
        return Html("")
    least, most = min(0.0, *values), max(0.0, *values)
    span = (most - least) or 1.0
    told = "; ".join(f"{line.name} {_range(line, unit)}" for line in lines if _known(line))
    marks = [
        fill(
            '<text class="tick side" x="{x}" y="{y:.1f}">{value}</text>',
            x=LEFT + 4,
            # Within the picture also where a narrow screen has its letters larger.
            y=max(_y(value, least, span) - 4, 24.0),
            value=_short(value),
        )
        for value in sorted({least, most})
    ]
    return fill(
        _BAND,
        title=f"{title} ({unit})",
        keys=[fill(_KEY, kind=line.kind, name=line.name) for line in lines if _known(line)],
        told=f"{title}: {told}",
        grid=[*_hours(hours), *marks],
        lines=[
            fill('<path class="line {kind}" d="{path}"/>', kind=line.kind, path=path)
            for line in lines
            if (path := _path(line, least, span))
        ],
    )


def bars_band(title: str, bars: Sequence[Bar], hours: Sequence[tuple[float, str]]) -> Html:
    """Draw what lasted as bars, one row for all; nothing without any."""
    if not bars:
        return Html("")
    drawn = [
        fill(
            '<rect class="bar {kind}" x="{x:.1f}" y="40" width="{width:.1f}" height="48">'
            "<title>{name}</title></rect>",
            kind=bar.kind,
            x=LEFT + WIDTH * bar.begins,
            width=max(1.0, WIDTH * (bar.ends - bar.begins)),
            name=bar.name,
        )
        for bar in bars
    ]
    names = dict.fromkeys((bar.kind, bar.name) for bar in bars)
    return fill(
        _BAND,
        title=title,
        keys=[fill(_KEY, kind=kind, name=name) for kind, name in names],
        told=f"{title}: {', '.join(name for _, name in names)}",
        grid=_hours(hours),
        lines=drawn,
    )


def _known(line: Line) -> bool:
    return any(value is not None for _, value in line.points)


def _range(line: Line, unit: str) -> str:
    values = [value for _, value in line.points if value is not None]
    return f"{_short(min(values))} – {_short(max(values))} {unit}"


def _short(value: float) -> str:
    return numeral(f"{value:.0f}" if abs(value) >= 10 else f"{value:.3g}")


def _y(value: float, least: float, span: float) -> float:
    return TOP + HEIGHT - HEIGHT * (value - least) / span


def _path(line: Line, least: float, span: float) -> str:
    path, is_down = [], False
    for time, value in line.points:
        if value is None:
            is_down = False
            continue
        x, y = LEFT + WIDTH * time, _y(value, least, span)
        path.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
        is_down = True
    return "".join(path)


def _hours(hours: Sequence[tuple[float, str]]) -> list[Html]:
    return [
        fill(
            '<path class="hour" d="M{x:.1f} 8v120"/><text class="tick" x="{x:.1f}" y="142">{told}'
            "</text>",
            x=LEFT + WIDTH * at,
            told=told,
        )
        for at, told in hours
    ]
