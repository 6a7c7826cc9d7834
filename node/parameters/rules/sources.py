"""What a source's keys owe to its kind, and to the rest of the file."""

import re
from collections.abc import Iterator

from node.parameters.problems import Complaint
from node.parameters.scheme import Parameters
from node.parameters.sections.source import FURTHER, PICKS, DataSource
from node.parameters.types import Place

_TOPIC = re.compile(r"[^\s+#]+")


def sources(whole: Parameters) -> Iterator[Complaint]:
    """See that each source is where its kind can be, says what it feeds, and has its own name."""
    for name, source in whole.node.sources.items():
        place: Place = ("node", "sources", name)
        if name in whole.node.sensors:
            yield Complaint(
                place=place,
                value="given",
                bound="a name of its own",
                taken_by=("node", "sensors", name),
            )
        yield from _where(whole, source, place)
        yield from _what(source, place)
        yield from _further(source, place)
    yield from _pins(whole)


def members(whole: Parameters) -> Iterator[Complaint]:
    """See that a member's file has nothing of contacts: what it says would do nothing."""
    home = whole.node
    if home.has_contacts:
        return
    given: dict[Place, bool] = {
        ("node", "offer"): home.offer is not None,
        ("sellers",): bool(whole.sellers),
        ("relay", "host"): whole.relay.host is not None,
    }
    for place, is_given in given.items():
        if is_given:
            bound = "not for a member, who has no contacts (node.role)"
            yield Complaint(place=place, value="given", bound=bound, judged_by=(("node", "role"),))


def _pins(whole: Parameters) -> Iterator[Complaint]:
    """See that no pin is held twice."""
    # A home's file has pins of the relay where its board is on the same Pi.
    pins = whole.relay.pins if "pins" in whole.relay.model_fields_set else ()
    held: dict[str, Place] = {f"gpio:{pin}": ("relay", "pins") for pin in pins}
    for name, source in whole.node.sources.items():
        place: Place = ("node", "sources", name)
        if source.kind == "s0" and source.at in held:
            yield Complaint(
                place=(*place, "at"),
                value=source.at,
                bound="a pin of its own",
                taken_by=held[source.at],
            )
        held.setdefault(source.at, place)


def _where(whole: Parameters, source: DataSource, place: Place) -> Iterator[Complaint]:
    kind = source.row
    if not kind.at.fullmatch(source.at):
        yield _of_kind(place, "at", source.at, f"{kind.at_bound} ({source.kind})")
    elif source.kind == "mqtt" and not source.at.startswith("mqtt://"):
        if whole.mqtt is None:
            bound = "mqtt://HOST/TOPIC: the file names no broker of the street's (mqtt)"
            yield _of_kind(place, "at", source.at, bound)
        for name in ("user", "password_file"):
            if getattr(source, name) is not None:
                bound = "not for the street's broker, which is logged in to by mqtt.user"
                yield _of_kind(place, name, "given", bound)


def _what(source: DataSource, place: Place) -> Iterator[Complaint]:
    kind, named = source.row, [name for name in PICKS if getattr(source, name) is not None]
    if source.feeds is None and "feeds" not in source.model_fields_set and source.soc is None:
        yield _of_kind(place, "feeds", "missing", "load, generation, connection or none")
    if source.soc is not None and not kind.tells_charge:
        yield _of_kind(place, "soc", "given", f"null: {kind.called} tells no state of charge")
    if source.soc is None and source.feeds is None and "feeds" in source.model_fields_set:
        return
    if source.feeds is not None and named == ["soc"]:
        yield _of_kind(place, "power", "missing", "where the power is, beside soc, for what feeds")
    for name in (*named, *(["time"] if source.time is not None else [])):
        value = getattr(source, name)
        if name != "soc" and kind.picks is None:
            yield _of_kind(place, name, value, f"null: {kind.called} says by itself what is what")
        elif kind.picks is not None and not kind.picks.fullmatch(value):
            yield _of_kind(place, name, value, kind.picks_bound)


def _further(source: DataSource, place: Place) -> Iterator[Complaint]:
    for name in FURTHER:
        if name in source.model_fields_set and name not in source.row.reads:
            yield _of_kind(place, name, "given", f"not with {source.kind}: it has no use for it")
    if "pulses_per_kwh" in source.row.reads and source.pulses_per_kwh is None:
        bound = "the pulses of a kilowatt-hour, as the meter's plate has them"
        yield _of_kind(place, "pulses_per_kwh", "missing", bound)
    if source.keepalive is not None and not _TOPIC.fullmatch(source.keepalive):
        yield _of_kind(place, "keepalive", source.keepalive, "a topic without + and #")
    if source.scale == 0:
        yield _of_kind(place, "scale", "0", "another number: nothing would be left")


def _of_kind(place: Place, name: str, value: str, bound: str) -> Complaint:
    return Complaint(place=(*place, name), value=value, bound=bound, judged_by=((*place, "kind"),))
