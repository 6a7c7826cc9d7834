"""What a home keeps over a power loss besides its promises: registers, receipts, spending.

Writing waits for the disk, so it is done on a thread of its own; the loop only hands texts over.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from node.core.codec import from_plain, to_plain
from node.core.errors import NodeError
from node.core.purchase import Spent
from node.core.records import MeterName, Receipt, Registers
from node.ports import Store

log = logging.getLogger(__name__)

SAVE_AFTER_S = 60.0
"""Longest time that counts wait for the disk when little energy has passed."""


class Memory:
    """Save and recall a home's counts; `problem` says why saving fails, if it does."""

    def __init__(self, store: Store, slack_milliwh: int) -> None:
        self._store = store
        self._slack_milliwh = slack_milliwh
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="memory")
        self._pending: Future[None] | None = None
        self._saved_at_s = float("-inf")
        self._saved_energy_milliwh = 0
        self._saved_spent: Spent | None = None
        self.problem: str | None = None

    def recall_registers(self) -> Mapping[MeterName, Registers]:
        """Give each meter's registers as last saved."""
        found = {}
        for name in MeterName:
            text = self._store.get(f"registers/{name.value}")
            if text is not None:
                found[name] = from_plain(Registers, json.loads(text))
        return found

    def recall_receipts(self) -> tuple[Receipt, ...]:
        """Give the newest receipt of each order as last saved."""
        texts = self._store.items("receipt/").values()
        return tuple(from_plain(Receipt, json.loads(text)) for text in texts)

    def recall_spent(self) -> Spent:
        """Give the day's spending as last saved."""
        text = self._store.get("spent")
        return from_plain(Spent, json.loads(text)) if text else Spent(day=0, amount=0)

    def recall_wish(self) -> bool:
        """Tell whether the person wished to stay on the own source."""
        return self._store.get("wish") == "own_source"

    def keep_wish(self, own_source: bool) -> None:
        """Keep the person's wish over a restart."""
        wish = {"wish": "own_source" if own_source else "automatic"}
        self._writer.submit(self._write, wish)

    def recall_drawing(self) -> bool:
        """Tell whether the last run ended while the home drew from a seller."""
        return self._store.get("drawing") == "yes"

    def keep_drawing(self, drawing: bool) -> None:
        """Keep whether the home draws from a seller, so that an interrupted draw goes on."""
        self._writer.submit(self._write, {"drawing": "yes" if drawing else "no"})

    def next_birth(self) -> int:
        """Give a number that is higher at each start."""
        birth = int(self._store.get("birth") or "0") + 1
        self._store.put("birth", str(birth), durable=True)
        return birth

    def save(
        self,
        now_s: float,
        registers: Mapping[MeterName, Registers],
        receipts: Iterable[Receipt],
        spent: Spent | None,
    ) -> None:
        """Save when money changed, when the unsaved energy passes the slack, or after a minute.

        What is saved last, at an infinite `now_s`, waits its turn where the rest is left out.
        """
        energy_milliwh = sum(r.import_milliwh + r.export_milliwh for r in registers.values())
        due = (
            spent != self._saved_spent
            or energy_milliwh - self._saved_energy_milliwh > self._slack_milliwh
            or now_s - self._saved_at_s >= SAVE_AFTER_S
        )
        is_last = now_s == float("inf")
        busy = self._pending is not None and not self._pending.done()
        if not due or (busy and not is_last):
            return
        self._saved_at_s, self._saved_spent = now_s, spent
        self._saved_energy_milliwh = energy_milliwh
        texts = {f"registers/{n.value}": _text(r) for n, r in registers.items()}
        texts |= {f"receipt/{r.buyer}/{r.seller}/{r.number}": _text(r) for r in receipts}
        if spent is not None:
            texts["spent"] = _text(spent)
        self._pending = self._writer.submit(self._write_counts, texts)

    def close(self) -> None:
        """Wait for what is being written; may be called twice."""
        self._writer.shutdown(wait=True)

    def _write_counts(self, texts: Mapping[str, str]) -> None:
        closed = {key: None for key in self._store.items("receipt/") if key not in texts}
        self._write({**texts, **closed})

    def _write(self, texts: Mapping[str, str | None]) -> None:
        try:
            for key, text in texts.items():
                self._store.put(key, text, durable=False)
            self._store.flush()
        except NodeError as error:
            self.problem = str(error)
            log.error("the journal cannot be written: %s", error)
        else:
            self.problem = None


def _text(record: object) -> str:
    return json.dumps(to_plain(record), separators=(",", ":"))
