"""What the keys of the section `utility` owe each other and the rest of the file."""

from collections.abc import Iterator

from node.core.auction.tariff import ladder
from node.core.units import format_tokens
from node.parameters.problems import Complaint
from node.parameters.scheme import Parameters
from node.parameters.sections.utility import DAYS, TariffBand
from node.parameters.spelling import is_zone
from node.parameters.types import Place


def tariffs(whole: Parameters) -> Iterator[Complaint]:
    """See that every band is a ladder, that no two begin at once, and that the zone exists."""
    if whole.utility is None:
        return
    if not is_zone(whole.utility.time_zone):
        yield Complaint(
            place=("utility", "time_zone"),
            value=whole.utility.time_zone,
            bound="an IANA name, as Europe/Berlin",
        )
    begun: dict[tuple[str, int], Place] = {}
    for number, band in enumerate(whole.utility.tariff):
        place: Place = ("utility", "tariff", number)
        yield from _ladder(band, place)
        for day in sorted(set(band.days), key=DAYS.index):
            if (day, band.begins_min) in begun:
                yield Complaint(
                    place=(*place, "from"),
                    value=f"{day} {band.begins_min // 60:02}:{band.begins_min % 60:02}",
                    bound="a time of its own",
                    taken_by=begun[day, band.begins_min],
                )
                break
            begun[day, band.begins_min] = place


def gas(whole: Parameters) -> Iterator[Complaint]:
    """See that homes can be filled up at all."""
    utility = whole.utility
    if utility is not None and utility.gas_target_wei and not utility.gas_per_day_wei:
        yield Complaint(
            place=("utility", "gas_per_day"),
            value="0",
            bound="above 0 while utility.gas_target is",
            judged_by=(("utility", "gas_target"),),
        )


def _ladder(band: TariffBand, place: Place) -> Iterator[Complaint]:
    try:
        ladder(band.feed_in_per_kwh, band.retail_per_kwh)
    except ValueError as error:
        yield Complaint(
            place=(*place, "retail"),
            value=format_tokens(band.retail_per_kwh),
            bound=str(error),
            judged_by=((*place, "feed_in"),),
        )
