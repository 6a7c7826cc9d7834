"""Play the street's physics: solar, batteries, loads and wires, in whole microjoules.

    panel --[generation]--> own source (battery, inverter) --+-- NC --> [load] --> load
                              |          ^                   |
                  grid (none, charger, full)                 +--[connection]--> neighbour's NO

At rest a load hangs on its own source, through the normally-closed contact. While a connection
(load, source) is closed, the load hangs on the seller's source, through the seller's line, and
its own solar charges its own battery. Brackets are shunts: the load's sees both sources; the
connection's is positive into the home (a buyer's import) and negative out of it (a seller's
delivery); the grid's is positive into the home. A tied home's connection is both together, as one
shunt in their common return sees them.

Powers are constant within an hour. A source that cannot carry its loads for one step trips: its
loads are dark until its battery has recovered a little. Solar that finds no room is curtailed,
or exported where the grid is full. Reads are safe from any thread.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from village.plant.balance import Balance, Book, HomeBalance, total_of
from village.plant.battery import Flow, Source
from village.plant.homes_data import HOUR_S, Profiles
from village.plant.street import AT_REST, Contacts, Grid, Street

HOUR_MS = HOUR_S * 1000
LONGEST_STEP_MS = 20_000
WIRE_LOSS_PERMILLE = 5
SPARE_PCT = 5
"""A seller offers again only when its battery is so far above its floor."""
_PROBE_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Hold what a shunt sees: bus voltage in V, current in A."""

    voltage_v: float
    current_a: float

    @property
    def power_w(self) -> float:
        """Give the power in W, positive into the home."""
        return self.voltage_v * self.current_a


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Hold what a home's chips see at one instant; `is_dark` says a wanted load is not fed."""

    soc_pct: float
    cell_voltage_v: float
    load: Line
    generation: Line
    connection: Line
    grid: Line
    is_dark: bool


class Plant:
    """Play one street from its profiles' first instant on; advance it with calendar time.

    A meter samples every `sample_s` calendar seconds, and cannot see when between two samples a
    power changed: at each move of a contact and each step of a connection, of an hour's or at the
    end, what the change comes to in one sample is booked as unseen.
    """

    def __init__(self, street: Street, profiles: Profiles, sample_s: float = 0.0) -> None:
        self._sample_ms = round(sample_s * 1000)
        self._lock = threading.Lock()
        self._start_ms = profiles.start_s * 1000
        self._now_ms = 0
        self._homes = {home.name: home for home in street.homes}
        self._sellers: dict[str, list[str]] = {home.name: [] for home in street.homes}
        for wire in street.wires:
            self._sellers[wire.load].append(wire.source)
        self._source_loads = street.source_loads
        self._tied = frozenset(home.name for home in street.homes if home.grid is Grid.TIED)
        self._loads_mw: dict[str, tuple[int, ...]] = {}
        self._pvs_mw: dict[str, tuple[int, ...]] = {}
        self._sources: dict[str, Source] = {}
        self._books: dict[str, Book] = {}
        for home, profile in zip(street.homes, profiles.homes, strict=True):
            source = Source(home)
            self._loads_mw[home.name] = profile.load_mw
            self._pvs_mw[home.name] = _scaled(profile.pv_mw, home.pv_scale)
            self._sources[home.name] = source
            self._books[home.name] = Book(
                battery_at_start=source.battery_microjoules,
                battery_at_end=source.battery_microjoules,
            )
        self._feeders: Mapping[str, str | None] = {name: name for name in self._sources}
        self._contacts = AT_REST
        self._nets: dict[tuple[str, int], int] = {}
        self._unseen: dict[tuple[str, int], int] = {}
        self._parallel_sources = 0
        self._is_over = False
        self._views: dict[str, View] = {}
        self._renew_views()

    def advance(self, calendar_s: float) -> None:
        """Play on to a calendar instant (seconds since 1970); an earlier one changes nothing."""
        with self._lock:
            self._advance(calendar_s)

    def set_contacts(self, contacts: Contacts, calendar_s: float) -> None:
        """Move the contacts at a calendar instant, playing on to it first."""
        with self._lock:
            self._advance(calendar_s)
            if contacts == self._contacts or self._is_over:
                return
            self._contacts = contacts
            before = self._feeders
            feeders: dict[str, str | None] = {name: name for name in self._sources}
            feeders.update({load: None for load in contacts.floating})
            for load, source in sorted(contacts.closed):
                self._parallel_sources += feeders[load] not in (load, None)
                feeders[load] = source
            self._feeders = feeders
            for load in self._sources:
                if feeders[load] != before[load]:
                    self._miss_a_sample(load, {load, before[load], feeders[load]})
            self._renew_views()

    def end(self) -> None:
        """Let nothing flow any more: time stands still, and the shunts show no current.

        That is a step of every connection, too; a second end changes nothing.
        """
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
            for name, view in self._views.items():
                self._miss_a_step(name, view.connection.power_w)
            self._views = {
                name: replace(
                    view,
                    **{
                        shunt: replace(getattr(view, shunt), current_a=0.0)
                        for shunt in ("load", "generation", "connection", "grid")
                    },
                )
                for name, view in self._views.items()
            }

    def view(self, home: str) -> View:
        """Give what a home's chips see at the newest instant played."""
        return self._views[home]

    def balance(self) -> Balance:
        """Close the books as of the newest instant played."""
        with self._lock:
            homes = tuple(
                HomeBalance(name=name, book=replace(book)) for name, book in self._books.items()
            )
            return Balance(
                homes=homes,
                total=total_of([home.book for home in homes]),
                parallel_sources=self._parallel_sources,
            )

    def net_in(self, home: str, hour: int) -> int:
        """Give what came over a home's connections in an hour, less what went: microjoules."""
        with self._lock:
            return self._nets.get((home, hour), 0)

    def unseen_in(self, home: str, hour: int) -> int:
        """Give what a home's meters may have missed in an hour, as they sample: microjoules."""
        with self._lock:
            return self._unseen.get((home, hour), 0)

    def _advance(self, calendar_s: float) -> None:
        until_ms = round(calendar_s * 1000) - self._start_ms
        while not self._is_over and self._now_ms < until_ms:
            hour_ends_ms = (self._now_ms // HOUR_MS + 1) * HOUR_MS
            end_ms = min(until_ms, hour_ends_ms, self._now_ms + LONGEST_STEP_MS)
            self._step(end_ms - self._now_ms)
            self._now_ms = end_ms
            if end_ms == hour_ends_ms:
                before = self._views
                self._renew_views()
                for name, view in self._views.items():
                    self._miss_a_step(
                        name, view.connection.power_w - before[name].connection.power_w
                    )

    def _step(self, span_ms: int) -> None:
        """Let the present powers flow for a span within the hour, and enter them in the books."""
        flows, hour = self._flows(span_ms), self._now_ms // HOUR_MS
        before = {name: book.net for name, book in self._books.items()}
        for name, source in self._sources.items():
            source.take(flows[name])
            self._enter_source(name, flows[name])
        for name in self._sources:
            self._enter_load(name, flows, span_ms)
        for name, book in self._books.items():
            self._nets[name, hour] = self._nets.get((name, hour), 0) + book.net - before[name]
        self._show(flows, span_ms)

    def _renew_views(self) -> None:
        """Show the chips what flows from now on, without letting time pass."""
        self._show(self._flows(_PROBE_MS), _PROBE_MS)

    def _flows(self, span_ms: int) -> dict[str, Flow]:
        demands = dict.fromkeys(self._sources, 0)
        for name in self._sources:
            feeder = self._feeders[name]
            if feeder is not None:
                energy = self._load_mw(name) * span_ms
                demands[feeder] += energy + self._wire_loss(name, feeder, energy)
        return {
            name: source.flow(pv_mw=self._pv_mw(name), demand=demands[name], span_ms=span_ms)
            for name, source in self._sources.items()
        }

    def _enter_source(self, name: str, flow: Flow) -> None:
        book = self._books[name]
        book.battery_at_end = self._sources[name].battery_microjoules
        book.solar += flow.solar
        book.curtailed += flow.curtailed
        book.grid_in += flow.grid_in
        book.grid_out += flow.grid_out
        book.charging_loss += flow.charging_loss
        book.discharging_loss += flow.discharging_loss

    def _enter_load(self, name: str, flows: Mapping[str, Flow], span_ms: int) -> None:
        book, feeder = self._books[name], self._feeders[name]
        wanted = self._load_mw(name) * span_ms
        if feeder is None or not flows[feeder].carries:
            book.unserved += wanted
            dark_ms = span_ms if wanted else 0
            book.dark_ms += dark_ms
            book.weather_ms += 0 if self._could_buy(name) else dark_ms
            return
        book.load += wanted
        if feeder != name:
            loss = self._wire_loss(name, feeder, wanted)
            book.received += wanted + loss
            book.wire_loss += loss
            self._books[feeder].delivered += wanted + loss

    def _miss_a_sample(self, load: str, meters: Collection[str | None]) -> None:
        """Book what the meters at a load's contact may miss as it moves."""
        for name in meters:
            if name is not None:
                self._miss(name, self._load_mw(load) * self._sample_ms)

    def _miss_a_step(self, name: str, step_w: float) -> None:
        """Book what a home's meter may miss as its connection's power steps."""
        self._miss(name, round(1000 * abs(step_w) * self._sample_ms))

    def _miss(self, name: str, energy: int) -> None:
        hour = self._now_ms // HOUR_MS
        self._books[name].unseen += energy
        self._unseen[name, hour] = self._unseen.get((name, hour), 0) + energy

    def _could_buy(self, name: str) -> bool:
        """Tell whether a wired neighbour had energy to sell, and a place for this load."""
        return any(
            self._sources[seller].soc_pct >= self._homes[seller].sell_floor_pct + SPARE_PCT
            and sum(feeder == seller for load, feeder in self._feeders.items() if load != seller)
            < self._source_loads
            for seller in self._sellers[name]
        )

    def _show(self, flows: Mapping[str, Flow], span_ms: int) -> None:
        self._views = {name: self._view(name, flows, span_ms) for name in self._sources}

    def _view(self, name: str, flows: Mapping[str, Flow], span_ms: int) -> View:
        source, flow, feeder = self._sources[name], flows[name], self._feeders[name]
        own_v = source.voltage_v
        is_fed = feeder is not None and flows[feeder].carries
        load_mw = self._load_mw(name) if is_fed else 0
        load_v = self._sources[feeder].voltage_v if feeder is not None and is_fed else 0.0
        is_buying = feeder not in (None, name)
        delivered_mw = sum(
            self._load_mw(other) * (1000 + WIRE_LOSS_PERMILLE) / 1000
            for other, fed_by in self._feeders.items()
            if fed_by == name and other != name and flow.carries
        )
        grid_mw = (flow.grid_in - flow.grid_out) / span_ms
        from_line_mw = (load_mw if is_buying else 0) - delivered_mw
        return View(
            soc_pct=source.soc_pct,
            cell_voltage_v=source.cell_voltage_v,
            load=_line(load_v, load_mw),
            generation=_line(own_v, flow.solar / span_ms),
            connection=_line(
                load_v if is_buying else own_v,
                from_line_mw + (grid_mw if name in self._tied else 0),
            ),
            grid=_line(own_v, grid_mw),
            is_dark=not is_fed and self._load_mw(name) > 0,
        )

    def _load_mw(self, name: str) -> int:
        return _at_hour(self._loads_mw[name], self._now_ms)

    def _pv_mw(self, name: str) -> int:
        return _at_hour(self._pvs_mw[name], self._now_ms)

    def _wire_loss(self, load: str, feeder: str, energy: int) -> int:
        return energy * WIRE_LOSS_PERMILLE // 1000 if feeder != load else 0


def _scaled(series_mw: tuple[int, ...], scale: Fraction) -> tuple[int, ...]:
    """Multiply powers, rounded down to the milliwatt."""
    return tuple(power * scale.numerator // scale.denominator for power in series_mw)


def _at_hour(series: tuple[int, ...], now_ms: int) -> int:
    return series[now_ms // HOUR_MS % len(series)]


def _line(voltage_v: float, power_mw: float) -> Line:
    current_a = power_mw / 1000 / voltage_v if voltage_v else 0.0
    return Line(voltage_v=voltage_v, current_a=current_a)
