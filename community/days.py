"""Count the quarter hours of a community's local days: 96, and 92 or 100 where clocks are changed.

Everything is kept by local day and the quarter's place in it, because bills, keys and grid
operators' files are by local days.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

QUARTER_S = 900
_MINUTES_PER_HOUR = 60


def begin_s(day: date, zone: ZoneInfo) -> int:
    """Give when a local day begins, in seconds since 1970."""
    return int(datetime.combine(day, time(0), zone).timestamp())


def quarters_in(day: date, zone: ZoneInfo) -> int:
    """Give how many quarter hours a local day has."""
    return (begin_s(day + timedelta(days=1), zone) - begin_s(day, zone)) // QUARTER_S


def local(day: date, quarter: int, zone: ZoneInfo) -> datetime:
    """Give a quarter's begin as a local time with its offset."""
    return datetime.fromtimestamp(begin_s(day, zone) + quarter * QUARTER_S, zone)


def minute_of(at: datetime) -> int:
    """Give the minute of the day that a clock on the wall shows."""
    return at.hour * _MINUTES_PER_HOUR + at.minute


def place_of(instant_s: float, zone: ZoneInfo) -> tuple[date, int]:
    """Give the local day and the quarter of an instant.

    Raises:
        ValueError: no quarter hour begins then.
    """
    day = datetime.fromtimestamp(instant_s, zone).date()
    quarter, rest = divmod(instant_s - begin_s(day, zone), QUARTER_S)
    if rest:
        raise ValueError("no begin of a quarter hour")
    return day, int(quarter)


def places_of_wall_time(at: datetime, zone: ZoneInfo) -> list[tuple[date, int]]:
    """Give the quarters that a wall clock's time without zone may mean: none, one, or two.

    None in the hour that is left out in spring, two in the hour that comes twice in autumn.

    Raises:
        ValueError: no quarter hour begins then.
    """
    instants = {at.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)}
    found = []
    for instant in sorted(instants):
        if datetime.fromtimestamp(instant, zone).replace(tzinfo=None) == at:
            found.append(place_of(instant, zone))
    return found


def days_from(since: date, until: date) -> list[date]:
    """List the days from `since`, the one of `until` left out."""
    return [since + timedelta(days=count) for count in range((until - since).days)]
