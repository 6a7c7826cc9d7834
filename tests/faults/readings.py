"""The readings that the chain has acknowledged, and that must never be lost after it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from node.core.errors import NodeError
from node.core.records import Registers
from node.ledger.contracts.registry import RegistryContract
from tests.faults.problems import Problem, Wrong
from village.community import Community


class AcknowledgedReadings:
    """Compare each meter's newest reading on the chain with the one before, and with its home.

    `ask` asks the chain; `status` asks a running home, and raises NodeError or OSError where none
    answers.
    """

    def __init__(
        self,
        community: Community,
        ask: Callable[..., Any],
        status: Callable[[str], Mapping[str, Any]],
    ) -> None:
        self._meters = community.meters
        self._registry = RegistryContract(community.addresses["registry"])
        self._ask = ask
        self._status = status
        self._newest: dict[str, tuple[int, Registers]] = {}

    def problems(self, *, note: bool) -> Iterator[Problem]:
        """Give what was lost since the readings that were last noted; `note` notes these."""
        for home, meter in self._meters.items():
            ask = self._registry.last_reading(meter)
            told = self._ask("eth_call", {"to": ask.to, "data": ask.data}, "latest")
            boundary, registers = ask.read(told)
            before = self._newest.get(home, (boundary, registers))
            if note:
                self._newest[home] = boundary, registers
            if not _follows(before, (boundary, registers)):
                sentence = f"{home} had {before}, now {boundary, registers}"
                yield Problem(wrong=Wrong.READING_LOST, sentence=sentence)
            shown = self._shown(home)
            if shown is not None and not _covers(shown, registers):
                sentence = f"{home} shows {shown}, the chain has {registers}"
                yield Problem(wrong=Wrong.READING_LOST, sentence=sentence)

    def _shown(self, home: str) -> Mapping[str, int] | None:
        try:
            return self._status(home).get("connection")
        except (NodeError, OSError):
            return None


def _follows(before: tuple[int, Registers], after: tuple[int, Registers]) -> bool:
    return (
        after[0] >= before[0]
        and after[1].import_milliwh >= before[1].import_milliwh
        and after[1].export_milliwh >= before[1].export_milliwh
    )


def _covers(shown: Mapping[str, int], registers: Registers) -> bool:
    return (
        shown["import_milliwh"] >= registers.import_milliwh
        and shown["export_milliwh"] >= registers.export_milliwh
    )
