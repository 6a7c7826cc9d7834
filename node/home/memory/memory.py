"""What a home keeps over a power loss besides its promises: its counts, receipts, readings.

Writing waits for the disk, so it is done on a thread of its own; the loop only hands texts over.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from node.core.alerts import KeptAlerts
from node.core.budget import Spent
from node.core.energy.coulombs import KeptCharge
from node.core.energy.spool import Spool, Spools
from node.core.errors import NodeError
from node.core.records import MeterName, Reading, Receipt, Registers
from node.home.memory.saving import Counts, Due, Saving
from node.home.memory.texts import (
    alerts_of_text,
    charge_of_text,
    count_of_text,
    receipt_of_text,
    registers_of_text,
    reported_reading,
    spent_of_text,
    text_of,
    told_reading,
)
from node.ports import Store

log = logging.getLogger(__name__)

_READING = "reading/"
_UNTOLD = "reading_mqtt/"
_DROPPED, _DROPPED_UNTOLD = "readings_dropped", "readings_dropped_mqtt"
_SPENT, _DRAWING, _CHARGE, _ALERTS = "spent", "drawing", "charge", "alerts"
_FED, _EARNED = "fed_by_neighbours", "earned"
_FORGOTTEN = ("receipt/", _READING, _UNTOLD)
_COUNTED_AT = "counted_at"
_COUNTS = ("registers/", _COUNTED_AT, *_FORGOTTEN, _SPENT, _DRAWING, _DROPPED, _FED, _EARNED)
"""The beginnings of all keys of counts, and of those whose absence is to be written, too."""


Record = TypeVar("Record")


class Memory:
    """Save and recall a home's counts; `problem` says why saving fails, if it does.

    A text that cannot be read is as good as lost: it is `problem` until all is saved anew.
    `failure` is a fault of our own on the writing thread; the process is to end.
    """

    def __init__(self, store: Store, slack_milliwh: int) -> None:
        self._store = store
        self._saving = Saving(slack_milliwh)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="memory")
        self._pending: Future[object] | None = None
        self.problem: str | None = None
        self.failure: BaseException | None = None

    def recall_registers(self) -> Mapping[MeterName, Registers]:
        """Give each meter's registers as last saved."""
        found = {
            name: self._recalled(f"registers/{name.value}", registers_of_text) for name in MeterName
        }
        return {name: registers for name, registers in found.items() if registers is not None}

    def recall_counted_at_s(self) -> int | None:
        """Give the calendar second at which the registers were last saved."""
        return self._recalled(_COUNTED_AT, count_of_text)

    def recall_fed_by_neighbours(self) -> int:
        """Give the energy in milliwatt-hours that neighbours had fed to the load as last saved."""
        return self._recalled(_FED, count_of_text) or 0

    def recall_receipts(self) -> tuple[Receipt, ...]:
        """Give the newest receipt of each order as last saved."""
        found = (self._read(*item, receipt_of_text) for item in self._texts("receipt/").items())
        return tuple(receipt for receipt in found if receipt is not None)

    def recall_spent(self) -> Spent:
        """Give the day's spending as last saved."""
        return self._recalled(_SPENT, spent_of_text) or Spent(day=0, amount=0)

    def recall_earned(self) -> Spent:
        """Give the day's earnings as last saved."""
        return self._recalled(_EARNED, spent_of_text) or Spent(day=0, amount=0)

    def recall_spools(self) -> Spools:
        """Give the readings that waited for chain and broker as last saved."""
        return Spools(
            chain=self._recalled_spool(_READING, reported_reading, _DROPPED),
            broker=self._recalled_spool(_UNTOLD, told_reading, _DROPPED_UNTOLD),
        )

    def recall_wish(self) -> bool:
        """Tell whether the person wished to stay on the own source."""
        return self._recalled("wish", str) == "own_source"

    def keep_wish(self, own_source: bool) -> None:
        """Keep the person's wish over a restart."""
        wish = {"wish": "own_source" if own_source else "automatic"}
        self._hand_over(partial(self._write, wish))

    def recall_charge(self) -> KeptCharge | None:
        """Give what was last kept of the battery's counted charge."""
        return self._recalled(_CHARGE, charge_of_text)

    def keep_charge(self, kept: KeptCharge | None) -> None:
        """Keep the battery's counted charge over a restart; None forgets it."""
        self.keep_texts({_CHARGE: text_of(kept) if kept is not None else None})

    def recall_alerts(self) -> KeptAlerts:
        """Give what was told to a person and is not over, as last kept."""
        return self._recalled(_ALERTS, alerts_of_text) or KeptAlerts(told=(), days=())

    def keep_alerts(self, kept: KeptAlerts) -> None:
        """Keep over a restart what was told to a person."""
        self.keep_texts({_ALERTS: text_of(kept)})

    def recall_drawing(self) -> bool:
        """Tell whether the last run ended while the home drew from a seller."""
        return self._recalled(_DRAWING, str) == "yes"

    def recall_texts(self, prefix: str) -> Mapping[str, str]:
        """Give every text whose key begins so, as others have kept it."""
        return self._texts(prefix)

    def keep_texts(self, texts: Mapping[str, str | None]) -> None:
        """Keep texts of others (None forgets one) over a restart."""
        self._hand_over(partial(self._write, texts))

    def next_birth(self) -> int:
        """Give a number that is higher at each start."""
        birth = (self._recalled("birth", count_of_text) or 0) + 1
        try:
            self._store.put("birth", str(birth), durable=True)
        except NodeError as error:
            # To be silent over MQTT for it would hide this very fault from the person.
            self._fail(error)
        return birth

    def save(self, now_s: float, counts: Counts) -> None:
        """Save what has changed, when it is due (see `node.home.memory.saving`).

        What is saved last, at an infinite `now_s`, waits its turn where the rest is left out.
        """
        due = self._saving.due(now_s, counts, has_failed=self.problem is not None)
        if now_s == float("inf"):
            due = Due.NOW
        elif due is Due.NOTHING or (self._pending is not None and not self._pending.done()):
            return
        self._saving.note(now_s, counts, due)
        texts = {} if due is Due.FLUSH else _texts_of(counts)
        write = {Due.WITH_NEXT: self._keep, Due.FLUSH: self._write, Due.NOW: self._write_counts}
        self._pending = self._hand_over(partial(write[due], texts))

    def keep_before(self, now_s: float, counts: Counts, do: Callable[[], None]) -> None:
        """Hand the counts to the journal and then do something, on the writing thread.

        What it promises goes to disk together with all that was handed over before.
        """
        self._saving.note(now_s, counts, Due.WITH_NEXT)
        self._pending = self._hand_over(partial(self._keep_and_do, _texts_of(counts), do))

    def _keep_and_do(self, texts: Mapping[str, str], do: Callable[[], None]) -> None:
        self._keep(texts)
        do()

    def close(self) -> None:
        """Wait for what is being written; may be called twice."""
        self._writer.shutdown(wait=True)

    def _recalled_spool(
        self, prefix: str, read: Callable[[str, str], Reading], dropped: str
    ) -> Spool:
        found = (
            self._read(key, text, partial(read, key.removeprefix(prefix)))
            for key, text in self._texts(prefix).items()
        )
        readings = (reading for reading in found if reading is not None)
        waiting = tuple(sorted(readings, key=lambda reading: reading.boundary))
        return Spool(waiting=waiting, dropped=self._recalled(dropped, count_of_text) or 0)

    def _recalled(self, key: str, read: Callable[[str], Record]) -> Record | None:
        try:
            text = self._store.get(key)
        except NodeError as error:
            self._forget(key, error)
            return None
        return None if text is None else self._read(key, text, read)

    def _texts(self, prefix: str) -> Mapping[str, str]:
        try:
            return self._store.items(prefix)
        except NodeError as error:
            self._forget(prefix, error)
            return {}

    def _read(self, key: str, text: str, read: Callable[[str], Record]) -> Record | None:
        try:
            return read(text)
        except ValueError as error:
            self._forget(key, error)
            return None

    def _forget(self, key: str, error: Exception) -> None:
        log.error("%s in the journal cannot be read and is taken for lost: %s", key, error)
        self.problem = f"what it kept as {key} could not be read"

    def _hand_over(self, write: Callable[[], object]) -> Future[object]:
        written = self._writer.submit(write)
        written.add_done_callback(self._note_end)
        return written

    def _note_end(self, written: Future[object]) -> None:
        """A future that nobody asks keeps its exception to itself."""
        failure = written.exception()
        if failure is not None:
            log.error("the counts stop being written: a fault of our own", exc_info=failure)
            self.failure = failure

    def _write_counts(self, texts: Mapping[str, str]) -> None:
        if self._keep(texts):
            self._write({})

    def _write(self, texts: Mapping[str, str | None]) -> None:
        try:
            for key, text in texts.items():
                self._store.put(key, text, durable=False)
            self._store.flush()
        except NodeError as error:
            self._fail(error)
        else:
            self.problem = None

    def _keep(self, texts: Mapping[str, str]) -> bool:
        """Hand over what is new, and forget closed orders and delivered readings."""
        try:
            known = {key: text for kind in _COUNTS for key, text in self._store.items(kind).items()}
            gone = [key for key in known if key not in texts and key.startswith(_FORGOTTEN)]
            for key, text in texts.items():
                if known.get(key) != text:
                    self._store.put(key, text, durable=False)
            for key in gone:
                self._store.put(key, None, durable=False)
        except NodeError as error:
            self._fail(error)
            return False
        return True

    def _fail(self, error: NodeError) -> None:
        self.problem = str(error)
        log.error("the journal cannot be written: %s", error)


def _texts_of(counts: Counts) -> dict[str, str]:
    """Give all counts by their keys in the journal."""
    spools = counts.spools
    texts = {f"registers/{n.value}": text_of(r) for n, r in counts.registers.items()}
    texts |= {f"receipt/{r.buyer}/{r.seller}/{r.number}": text_of(r) for r in counts.receipts}
    texts |= {f"{_READING}{r.boundary}": text_of(r.registers) for r in spools.chain.waiting}
    texts |= {
        f"{_UNTOLD}{r.meter.value}/{r.boundary}": text_of(r.registers)
        for r in spools.broker.waiting
    }
    for key, spool in ((_DROPPED, spools.chain), (_DROPPED_UNTOLD, spools.broker)):
        if spool.dropped:
            texts[key] = str(spool.dropped)
    if counts.calendar_s is not None:
        texts[_COUNTED_AT] = str(max(0, counts.calendar_s))
    if counts.fed_by_neighbours_milliwh is not None:
        texts[_FED] = str(counts.fed_by_neighbours_milliwh)
    if counts.earned is not None:
        texts[_EARNED] = text_of(counts.earned)
    if counts.spent is not None:
        texts[_SPENT] = text_of(counts.spent)
    if counts.drawing is not None:
        texts[_DRAWING] = "yes" if counts.drawing else "no"
    return texts
