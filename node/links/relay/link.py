"""Hold the node's connection to the relay, and connect again whenever it breaks.

Touches the socket alone; what is said and meant is `relay_talk`'s.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from node.core.commands import GiveConsent, HoldContacts
from node.core.errors import RelayUnavailable
from node.core.facts import Fact
from node.core.holdoff import pause_after
from node.core.records import Receipt
from node.core.wire.format import LONGEST_RELAY_LINE
from node.links.relay.conversation import RelayConversation
from node.ports import Hasher, Signer

CONNECT_WITHIN_S = 5.0
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
FLUSH_WITHIN_S = 1.0

_log = logging.getLogger(__name__)


class RelayLink:
    """Speak for one account; every method belongs to the loop's thread.

    `clock` is monotonic, in seconds. `expected_relay` is the relay's name in the parameters, or
    None where any will do.
    """

    def __init__(
        self,
        host: str,
        port: int,
        signer: Signer,
        hasher: Hasher,
        post: Callable[[Fact], None],
        clock: Callable[[], float],
        expected_relay: str | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._clock = clock
        self._conversation = RelayConversation(signer, hasher, post, clock, expected_relay)
        self._writer: asyncio.StreamWriter | None = None
        self._closed = asyncio.Event()
        self._look: asyncio.TimerHandle | None = None
        self._trouble = ""

    async def run(self) -> None:
        """Converse until closed; trouble with the network is a fact, never an exception."""
        failures = 0
        while not self._closed.is_set():
            was_greeted = False
            try:
                await self._converse()
            except (OSError, ValueError, RelayUnavailable) as error:
                was_greeted = self._conversation.is_greeted
                why = self._trouble or str(error) or type(error).__name__
                reason = f"{self._host}:{self._port}: {why}"
                _log.info("The relay is away, %s", reason)
                self._conversation.lose(reason)
            failures = 1 if was_greeted else failures + 1
            pause_s = pause_after(failures, FIRST_PAUSE_S, LONGEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), pause_s)

    def close(self) -> None:
        """End the conversation, once all is sent, and `run`; may be called twice."""
        self._closed.set()
        self._trouble = self._trouble or "this node is about to stop"
        if self._writer is not None:
            # Closed and not aborted: the last wish may be the one that opens the contacts.
            self._writer.close()
            asyncio.get_running_loop().call_later(FLUSH_WITHIN_S, self._writer.transport.abort)

    def hold(self, contacts: tuple[int, ...], lease_s: float, receipts: Sequence[Receipt]) -> None:
        """Ask for exactly these channels, with the newest receipts; the newest wish wins.

        The answer comes as a fact: LeaseGranted or LeaseRefused ("RelayAway" where it cannot be
        asked now, or the connection broke before the answer).
        """
        self._conversation.hold(HoldContacts(contacts=contacts, lease_s=lease_s), receipts)
        self._pump()

    def consent(self, connection: int, consent_s: float) -> None:
        """Let a connection be closed for a while; 0 seconds withdraws that.

        The answer comes as a fact: ConsentGranted or ConsentRefused, and ReceiptReceived.
        """
        self._conversation.consent(GiveConsent(connection=connection, consent_s=consent_s))
        self._pump()

    async def _converse(self) -> None:
        self._trouble = ""
        async with asyncio.timeout(CONNECT_WITHIN_S):
            reader, self._writer = await asyncio.open_connection(
                self._host, self._port, limit=LONGEST_RELAY_LINE
            )
        try:
            if self._closed.is_set():
                raise RelayUnavailable("this node is about to stop")
            self._writer.write(self._conversation.begin())
            self._pump()
            while line := await reader.readline():
                for answer in self._conversation.take(line):
                    self._writer.write(answer)
                self._pump()
            raise RelayUnavailable("the relay has ended the conversation")
        finally:
            self._break_off("")
            self._writer = None

    def _pump(self) -> None:
        """Send what may be sent, and see to it that silence is noticed."""
        if self._writer is None or self._trouble:
            return
        try:
            for line in self._conversation.outgoing():
                self._writer.write(line)
        except RelayUnavailable as error:
            self._break_off(str(error))
            return
        if self._look is not None:
            self._look.cancel()
        wait_s = max(0.0, self._conversation.next_at_s - self._clock())
        self._look = asyncio.get_running_loop().call_later(wait_s, self._pump)

    def _break_off(self, trouble: str) -> None:
        self._trouble = self._trouble or trouble
        if self._look is not None:
            self._look.cancel()
        if self._writer is not None:
            self._writer.transport.abort()
