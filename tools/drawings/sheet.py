"""Collect the strokes and words of one drawing, and write them as SVG.

Coordinates are those of the view box, y downwards. The sheet brings its own background, so that
it reads the same on a light and on a dark page.
"""

from collections.abc import Sequence
from enum import Enum
from xml.sax.saxutils import escape, quoteattr

Point = tuple[float, float]

FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
PAPER, INK, FRAME, PANEL = "#ffffff", "#1f2937", "#9ca3af", "#f3f4f6"
TEXT_SIZE, SMALL_SIZE = 14, 12


class Wire(Enum):
    """Name what a conductor carries; the value is its colour."""

    PLUS = "#c2261d"
    MINUS = "#1f2937"
    LINE = "#7c3aed"
    LOGIC = "#b45309"
    DATA = "#1d4ed8"
    CLOCK = "#0f766e"


class Sheet:
    """Hold one drawing of a width and height."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._size = (width, height)
        self._title = title
        self._parts: list[str] = []

    def wire(self, *points: Point, kind: Wire, dashed: bool = False) -> None:
        """Draw a conductor along points."""
        dash = ' stroke-dasharray="6 4"' if dashed else ""
        self._parts.append(
            f'<polyline points="{_path(points)}" fill="none" stroke="{kind.value}"'
            f' stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round"{dash}/>'
        )

    def stroke(self, *points: Point, width: float = 2, dashed: bool = False) -> None:
        """Draw a line of a symbol."""
        dash = ' stroke-dasharray="3 3"' if dashed else ""
        self._parts.append(
            f'<polyline points="{_path(points)}" fill="none" stroke="{INK}"'
            f' stroke-width="{width:g}" stroke-linecap="round"{dash}/>'
        )

    def shape(self, *points: Point, filled: bool = True) -> None:
        """Draw a closed outline."""
        fill = INK if filled else PAPER
        self._parts.append(
            f'<polygon points="{_path(points)}" fill="{fill}" stroke="{INK}" stroke-width="2"/>'
        )

    def box(
        self, corner: Point, width: float, height: float, *, fill: str = PAPER, edge: str = INK
    ) -> None:
        """Draw a rectangle from its upper left corner."""
        self._parts.append(
            f'<rect x="{corner[0]:g}" y="{corner[1]:g}" width="{width:g}" height="{height:g}"'
            f' rx="4" fill="{fill}" stroke="{edge}" stroke-width="1.5"/>'
        )

    def dot(self, at: Point, *, kind: Wire, hollow: bool = False) -> None:
        """Draw a joint of conductors, or hollow: a terminal."""
        fill = PAPER if hollow else kind.value
        self._parts.append(
            f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="4" fill="{fill}"'
            f' stroke="{kind.value}" stroke-width="2"/>'
        )

    def text(
        self,
        at: Point,
        words: str,
        *,
        size: int = TEXT_SIZE,
        anchor: str = "start",
        bold: bool = False,
        colour: str = INK,
    ) -> None:
        """Write words on a base line; `anchor` is start, middle or end."""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size}" text-anchor="{anchor}"'
            f' fill="{colour}"{weight}>{escape(words)}</text>'
        )

    def lines(self, at: Point, *words: str, size: int = SMALL_SIZE, anchor: str = "start") -> None:
        """Write lines below each other."""
        for row, line in enumerate(words):
            self.text((at[0], at[1] + row * (size + 5)), line, size=size, anchor=anchor)

    def svg(self) -> str:
        """Give the file."""
        width, height = self._size
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img" aria-label={quoteattr(self._title)}'
            f' font-family="{FONT}">'
        )
        paper = (
            f'<rect x="0.75" y="0.75" width="{width - 1.5:g}" height="{height - 1.5:g}" rx="10"'
            f' fill="{PAPER}" stroke="{FRAME}" stroke-width="1.5"/>'
        )
        title = f"<title>{escape(self._title)}</title>"
        return "\n".join((head, title, paper, *self._parts, "</svg>", ""))


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
