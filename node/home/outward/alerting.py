"""Tell a home's person what lasts, where the parameters name a place for it."""

from collections.abc import Sequence

from node.core.alerts import AlertState, step
from node.home.snapshot import Seen
from node.links.alerts.messages import Told
from node.links.alerts.sender import Sender


class Alerting:
    """Watch what is wrong, and hand news of it to every sender."""

    def __init__(self, senders: Sequence[Sender]) -> None:
        self._senders = tuple(senders)
        self._state = AlertState()

    async def start(self) -> None:
        """Begin to send; returns at once."""
        for sender in self._senders:
            sender.start()

    def look(self, seen: Seen) -> None:
        """Take a home in as it is now; nothing here waits."""
        if not self._senders:
            return
        state, observation = seen.state, seen.observation
        self._state, news = step(
            self._state,
            state.faults,
            observation.chain.tokens if observation.chain is not None else None,
            state.supply.spent if state.supply is not None else None,
            observation.calendar_s,
            observation.now_s,
        )
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
