"""What stands around every page: its head, the ways to the others, and how values are written."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from aiohttp import web

from node.core.units import MILLIWH_PER_KWH, MILLIWH_PER_WH, format_tokens
from page.html import Html, fill
from page.words import Words, numeral, spoken

UNKNOWN = "–"
WEI_PER_COIN = 10**18
_WORDS_OF_ADDRESS = 12
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_GERMAN_DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Peerwatt</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{up}static/page.css">
<script src="{up}static/page.js" defer></script>
</head>
<body>
<a class="skip" href="#main">{skip}</a>
<header><a class="home" href="{up}./">Peerwatt</a>{ways}{leave}</header>
<main id="main">
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
_LEAVE = """<form method="post" action="{up}logout"><button>{word}</button></form>"""


def up_of(request: web.Request) -> str:
    """Give the way from a page to the root of all, so that it works below any path."""
    depth = request.path.count("/") - 1 - str(request.app["prefix"]).count("/")
    return "../" * depth


def page(
    request: web.Request,
    title: str,
    body: Html,
    *,
    ways: tuple[tuple[str, str, bool], ...] = (),
    is_known: bool = True,
    status: int = 200,
) -> web.Response:
    """Put a body into a whole page; `ways` are an address, its words, and whether it is here."""
    words, up = Words.of(request), up_of(request)
    leave = fill(_LEAVE, up=up, word=words("Log out")) if is_known else Html("")
    text = fill(
        _PAGE,
        language=words.language,
        title=title,
        up=up,
        skip=words("To the content"),
        ways=_navigation(ways, words),
        leave=leave,
        body=body,
    )
    response = web.Response(text=text, content_type="text/html", status=status)
    response.enable_compression()
    response.headers["Vary"] = "Accept-Language"
    return response


def _navigation(ways: tuple[tuple[str, str, bool], ...], words: Words) -> Html:
    if not ways:
        return Html("")
    links = [
        fill(
            '<a href="{address}"{here}>{name}</a>',
            address=address,
            name=name,
            here=Html(' aria-current="page"') if is_here else Html(""),
        )
        for address, name, is_here in ways
    ]
    return fill('<nav aria-label="{label}">{links}</nav>', label=words("Pages"), links=links)


def number_in(found: object, *path: str) -> float | int | None:
    """Give a number at a place of a program's picture; None where an older one has none."""
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def text_in(found: object, *path: str) -> str:
    """Give a text at a place of a program's picture; empty where there is none."""
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""


def soc(found: float | int | None) -> str:
    """Write a state of charge."""
    return UNKNOWN if found is None else numeral(f"{found:.1f} %")


def energy(milliwh: float | int | None) -> str:
    """Write an energy: in kilowatt-hours from one on, else in watt-hours."""
    if milliwh is None:
        return UNKNOWN
    if abs(milliwh) >= MILLIWH_PER_KWH:
        return numeral(f"{milliwh / MILLIWH_PER_KWH:.3f} kWh")
    return numeral(f"{milliwh / MILLIWH_PER_WH:.4g} Wh")


def money(amount: float | int | None) -> str:
    """Write money in whole tokens."""
    return UNKNOWN if amount is None else numeral(format_tokens(int(amount)))


def whole(found: float | int | None) -> str:
    """Write a count, or a block's or a meter's number."""
    return UNKNOWN if found is None else str(int(found))


def facts(rows: Iterable[tuple[str, object]]) -> Html:
    """Draw a table of what is known, each behind its name; what is not known is left out."""
    shown = [
        fill("<tr><th scope=row>{name}</th><td>{value}</td></tr>", name=name, value=value)
        for name, value in rows
        if value != UNKNOWN
    ]
    return fill('<table class="facts"><tbody>{shown}</tbody></table>', shown=shown)


def coins(wei: float | int | None) -> str:
    """Write an amount of the chain's coin, which gas is paid in."""
    return UNKNOWN if wei is None else numeral(f"{wei / WEI_PER_COIN:.4g}")


def name_of(account: str) -> str:
    """Write an account short enough to be read; any other name as it is."""
    if account.startswith("0x") and len(account) > _WORDS_OF_ADDRESS:
        return f"{account[:6]}…{account[-4:]}"
    return account


def instant(calendar_s: float | None) -> Html:
    """Write an instant in this machine's own zone, with its offset."""
    if calendar_s is None:
        return Html(UNKNOWN)
    try:
        moment = datetime.fromtimestamp(calendar_s).astimezone()
    except (OverflowError, OSError, ValueError):
        return Html(UNKNOWN)
    return fill(
        '<time datetime="{iso}">{told}</time>',
        iso=moment.isoformat(timespec="seconds"),
        told=_told(moment),
    )


def _told(moment: datetime) -> str:
    if spoken() == "de":
        return f"{_GERMAN_DAYS[moment.weekday()]} {moment:%d.%m. %H:%M:%S %z}"
    # Not by the machine's own locale, which no program here asks for.
    return f"{_DAYS[moment.weekday()]} {moment:%d} {_MONTHS[moment.month - 1]} {moment:%H:%M:%S %z}"


def day_told(day: date) -> str:
    """Write a day as the answer's language does."""
    return f"{day:%d.%m.%Y}" if spoken() == "de" else day.isoformat()


def month_told(day: date) -> str:
    """Write a day's month as the answer's language does."""
    return f"{day:%m.%Y}" if spoken() == "de" else f"{day:%Y-%m}"
