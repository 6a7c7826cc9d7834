"""Factories for streets, and the switching rule that a home's software should come close to."""

from dataclasses import dataclass
from fractions import Fraction

from village.plant.homes_data import Profile, Profiles
from village.plant.physics import Plant
from village.plant.street import AT_REST, Contacts, Grid, Home, Role, Street, Wire

START_S = 1_470_124_800
RESTART_MARGIN_PCT = 3


def a_home(name="home1", **changes):
    described = {
        "role": Role.PRODUCER,
        "battery_milliwh": 10_000,
        "start_soc_pct": 50,
        "pv_scale": Fraction(1),
        "grid": Grid.NONE,
        "limit_pct": 20,
        "resume_pct": 30,
        "sell_floor_pct": 25,
        "price_per_kwh": 160_000,
    }
    return Home(name=name, **{**described, **changes})


def a_plant(homes, loads_mw, pvs_mw, wires=(), sample_s=0.0):
    profiles = Profiles(
        start_s=START_S,
        homes=tuple(
            Profile(load_mw=tuple(load), pv_mw=tuple(pv))
            for load, pv in zip(loads_mw, pvs_mw, strict=True)
        ),
    )
    street = Street(homes=tuple(homes), wires=tuple(wires), source_loads=1)
    return Plant(street, profiles, sample_s)


def closed(*pairs):
    return Contacts(closed=frozenset(pairs), floating=frozenset())


@dataclass
class Day:
    """What a day of switching came to."""

    balance: object
    sessions: int
    least_soc_pct: dict


def play(street, profiles, *, hours, switching=True, step_s=72.0):
    """Play so many hours under the ideal rule (or with all contacts at rest)."""
    plant = Plant(street, profiles)
    least = {home.name: 100.0 for home in street.homes}
    on, sessions, at_s = {}, 0, float(profiles.start_s)
    while at_s < profiles.start_s + hours * 3600:
        socs = {home.name: plant.view(home.name).soc_pct for home in street.homes}
        least = {name: min(least[name], socs[name]) for name in least}
        if switching:
            before = dict(on)
            on = _switched(street, socs, before)
            sessions += len(on.items() - before.items())
        plant.set_contacts(closed(*on.items()) if on else AT_REST, at_s)
        at_s += step_s
        plant.advance(at_s)
    return Day(balance=plant.balance(), sessions=sessions, least_soc_pct=least)


def _switched(street, socs, on):
    """Buy below the limit, go home at resume, and leave a seller at its floor."""
    homes = {home.name: home for home in street.homes}
    after = {
        load: source
        for load, source in on.items()
        if socs[load] < homes[load].resume_pct and socs[source] >= homes[source].sell_floor_pct
    }
    for name, home in homes.items():
        if home.role is not Role.CONSUMER or name in after or socs[name] >= home.limit_pct:
            continue
        free = [
            wire.source
            for wire in street.wires
            if wire.load == name
            and wire.source not in after.values()
            and socs[wire.source] >= homes[wire.source].sell_floor_pct + RESTART_MARGIN_PCT
        ]
        if free:
            after[name] = min(free, key=lambda source: homes[source].price_per_kwh)
    return after


def a_wire(load, source, first_channel=0):
    return Wire(load=load, source=source, channels=(first_channel, first_channel + 1))
