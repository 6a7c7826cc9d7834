"""Build what metering knows: rules, rounds of powers, registers; and meter whole runs of them."""

from node.core.energy.metering import advance, start_metering
from node.core.energy.meters import OWN_ORIGIN, Feed, MeteringRules, Origin, Round
from node.core.records import MeterName, Register, Registers

LOAD, CONNECTION = MeterName.LOAD, MeterName.CONNECTION
DAY_S = 1_470_124_800.0
ORDER = Origin(seller="0x01", number=7)
LOAD_FEED = Feed(sensor="load", meter=LOAD, positive=Register.IMPORT)


def rules(*feeds, interval_s=900, max_age_s=5.0, clock_speed=1.0, max_clock_step_s=0.5):
    """Feed the load alone, by quarter hours."""
    return MeteringRules(
        feeds=feeds or (LOAD_FEED,),
        interval_s=interval_s,
        max_age_s=max_age_s,
        clock_speed=clock_speed,
        max_clock_step_s=max_clock_step_s,
    )


def a_round(at_s, power_w=None, *, calendar_s=None, origin=OWN_ORIGIN, **powers_w):
    """Sample once, `power_w` being the load's."""
    if power_w is not None:
        powers_w["load"] = power_w
    return Round(
        taken_at_s=at_s,
        calendar_s=DAY_S + at_s if calendar_s is None else calendar_s,
        powers_w=tuple(powers_w.items()),
        origin=origin,
    )


def registers(import_milliwh, export_milliwh=0):
    """Read a meter."""
    return Registers(import_milliwh=import_milliwh, export_milliwh=export_milliwh)


def metered(the_rules, rounds, start=None):
    """Meter rounds; give the readings that became due."""
    metering = start_metering(the_rules, start or {})
    readings = []
    for round_ in rounds:
        metering, due = advance(the_rules, metering, round_)
        readings += due
    return metering, readings


def meter_of(metering, name=LOAD):
    """Find a meter."""
    return next(meter for meter in metering.meters if meter.name is name)


def exact_milliwh(metering, name=LOAD):
    """Give a meter's net energy with what is less than a milliwatt-hour."""
    meter = meter_of(metering, name)
    return (
        meter.imported.milliwh
        + meter.imported.rest_milliwh
        - meter.exported.milliwh
        - meter.exported.rest_milliwh
    )


def drawn_milliwh(metering, origin):
    """Read how much of the load's energy came from an origin."""
    return sum(count.milliwh for known, count in metering.by_origin if known == origin)
