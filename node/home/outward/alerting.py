"""Tell a home's person what lasts, where the parameters name a place for it."""

from collections.abc import Sequence

from node.core.alerts import AlertState, Silence, is_to_keep, resumed, step, to_keep
from node.home.memory.memory import Memory
from node.home.snapshot import Seen
from node.links.alerts.messages import Told
from node.links.alerts.sender import Sender


class Alerting:
    """Watch what is wrong, and hand news of it to every sender.

    A reading that waits for more than `most_silent_s` (calendar) is wrong, too.
    """

    def __init__(self, senders: Sequence[Sender], memory: Memory, most_silent_s: float) -> None:
        self._senders = tuple(senders)
        self._memory = memory
        self._most_silent_s = most_silent_s
        self._state: AlertState | None = None

    async def start(self) -> None:
        """Begin to send; returns at once."""
        for sender in self._senders:
            sender.start()

    def look(self, seen: Seen) -> None:
        """Take a home in as it is now; nothing here waits."""
        if not self._senders:
            return
        state, observation = seen.state, seen.observation
        before = self._state or resumed(self._memory.recall_alerts(), observation.now_s)
        self._state, news = step(
            before,
            state.faults,
            observation.chain.tokens if observation.chain is not None else None,
            state.supply.spent if state.supply is not None else None,
            Silence(since_s=seen.waiting_since_s, most_s=self._most_silent_s),
            observation.calendar_s,
            observation.now_s,
        )
        if is_to_keep(before, self._state):
            self._memory.keep_alerts(to_keep(self._state))
        told = [
            Told(
                name=alert.name,
                begins=begins,
                sentence=alert.sentence,
                calendar_s=observation.calendar_s,
            )
            for begins, alerts in ((True, news.begun), (False, news.ended))
            for alert in alerts
        ]
        for sender in self._senders if told else ():
            sender.tell(told)

    def close(self) -> None:
        """Stop sending; may be called twice."""
        for sender in self._senders:
            sender.close()
