"""Run one conversation with the chain: follow its head, tell the view, carry intents through.

Loaded on the ledger's thread alone: eth_abi takes seconds to load on a small board.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from node.core.commands import Intent
from node.core.errors import ChainUnavailable, Refusal, TransientError
from node.core.facts import ChainStands, Fact
from node.keys.account import Account
from node.ledger.chain import answers as read
from node.ledger.chain.asking import Question, asked, nothing, one, or_else
from node.ledger.chain.comparing import Comparing, NotYet
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.heads import BlockPeriod, Follows, Head, Heads, head_of
from node.ledger.chain.outcomes import NO_OUTCOMES, Mined, Outcomes, outcomes_of
from node.ledger.chain.rpc import rpc_of
from node.ledger.chain.witness import Witnesses
from node.ledger.contracts.community import Contracts
from node.ledger.observing import ObserverFactory, home_observer
from node.ledger.pace import pause_s
from node.ledger.sending.fulfilment import Fulfilment
from node.ledger.sending.outbox import Outbox
from node.ledger.sending.promises import Promises, hashes_of
from node.ledger.sending.whose import PRUNED, chain_id_of, is_same_key, kept_chain, text_of
from node.ledger.sending.whose import is_same as is_same_chain
from node.ledger.settings import CHAIN_KEY, LedgerSettings
from node.state.file import JournalUnwritable
from node.state.journal import Journal

_GUESS_BLOCKS = 16
_STANDING_EVERY_S = 5.0
_OTHER_CHAIN_LOOKS = 3
"""So often another chain than before must show itself before its promises are void."""
_READ_ONLY = Refusal(name="ReadOnly", sentence="this node has no key here: it only observes")
_AWAY = Refusal(name="ChainUnavailable", sentence="no endpoint of the chain answers")
_OTHER_CHAIN = Refusal(
    name="ChainReplaced", sentence="it was promised on another chain or with another key"
)
_log = logging.getLogger(__name__)


class Engine:
    """Hold the conversation; `cycle` is called again and again, and says when next."""

    def __init__(
        self,
        settings: LedgerSettings,
        journal: Journal,
        account: Account | None,
        post: Callable[[Fact], None],
        closing: Callable[[], bool],
        observer: ObserverFactory = home_observer,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._account = None if settings.read_only else account
        self._post = post
        self._closing = closing
        chain_id = settings.chain_id or chain_id_of(kept_chain(journal))
        self._rpc = rpc_of(replace(settings, chain_id=chain_id))
        self._witnesses = Witnesses(self._rpc)
        self._comparing = Comparing(self._rpc)
        contracts = Contracts(settings)
        watched = account.account if account else None
        self._heads = Heads()
        self._period = BlockPeriod(settings.calendar_speed)
        self._observer = observer(self._rpc, contracts, settings, watched, journal)
        self._outbox = Outbox()
        self._promises = Promises(journal, post)
        self._fulfilment = (
            Fulfilment(self._rpc, contracts, settings, self._account, self._promises)
            if self._account
            else None
        )
        self._chain = ""
        self._started = False
        self._others_seen = 0
        self._chain_id: int | None = None
        self._may_send = False
        self._recheck_due = False
        self._view_due = False
        self._arrived_at_s = float("-inf")
        self._stood_at_s = float("-inf")
        self._began_at: tuple[int, float] | None = None

    def take(self, intent: Intent) -> None:
        """Take an intent in; a repeated one is answered from the journal."""
        if self._fulfilment is None:
            self._promises.decline(intent, _READ_ONLY)
            return
        if self._started and self._promises.repeats(intent):
            return
        for unsent, refusal in self._outbox.add(intent):
            self._promises.decline(unsent, refusal)

    def lose_perishable(self) -> None:
        """Refuse waiting purchases and offers: sent after an outage they would surprise."""
        for intent in self._outbox.take_perishable():
            self._promises.decline(intent, _AWAY)

    def send_waiting(self, now_s: float) -> bool:
        """Send what waits next, if the chain is known well enough; say whether it was.

        Raises:
            ChainUnavailable: nothing was sent, or it may or may not have been taken.
        """
        account_state = self._observer.account_state
        if (
            self._fulfilment is None
            or account_state is None
            or not self._may_send
            or not len(self._outbox)
        ):
            return False
        waiting = self._outbox.take_next()
        try:
            fresh = [intent for intent in waiting if not self._promises.repeats(intent)]
            self._fulfilment.launch(fresh, account_state, now_s)
            self._outbox.hand_out_more()
        except TransientError:
            self._outbox.hand_out_fewer()
            # Those that were signed are promised by now, so they do not wait again.
            for intent in fresh:
                self.take(intent)
            raise
        except JournalUnwritable as error:
            refusal = Refusal(name="JournalUnwritable", sentence=str(error))
            for intent in waiting:
                self._promises.decline(intent, refusal)
        return True

    def cycle(self, now_s: float) -> float:
        """Look at the chain once; return in how many seconds to look again.

        Raises:
            ChainUnavailable: no endpoint answered.
        """
        nonce_at_depth, outcomes, block = self._ask()
        head = head_of(block)
        step = self._heads.follow(head, now_s, self._hash_at)
        if step is Follows.LAGGING:
            _log.info("the endpoint is behind: block %d is known here already", head.number)
            self._rpc.turn_to_next()
            return self._settings.poll_s
        if self._started and self._chain_id != self._rpc.chain_id:
            # It was adopted, and all agree on another one now: whose promises are these?
            self._started = False
        if not self._started:
            try:
                self._start(head, now_s)
            except NotYet as reason:
                _log.debug("the start waits: %s", reason)
                return self._settings.poll_s
        if step is Follows.REORGANISED:
            _log.warning("the chain was reorganised up to block %d", head.number)
            self._observer.forget()
            self._recheck_due = True
        if step is Follows.SAME:
            self._tell_standing(now_s)
            self._witnesses.turn_from_stalled(head, self._arrived_at_s, now_s)
        else:
            self._arrived_at_s = now_s
            self._period.arrived(head.number, now_s)
        held_back = self._held_back(outcomes.mined, head, now_s)
        self._view_due = self._view_due or step is not Follows.SAME
        if self._view_due or self._observer.is_stale:
            self._observe(head, now_s)
        if self._fulfilment is not None:
            if self._recheck_due:
                # The outcomes may be of blocks that are gone; the next look brings true ones.
                self._fulfilment.recheck(head)
                self._recheck_due = False
            else:
                self._fulfilment.settle(outcomes, held_back, nonce_at_depth, head, now_s)
            self._proceed(self._fulfilment, head, now_s)
        return pause_s(self._settings, self._promises.live.values(), self._period.period_s, now_s)

    def _ask(self) -> tuple[int, Outcomes, dict[str, Any]]:
        """Ask for the outcomes of live promises and then for the head, in one request.

        The head comes last, so that it is never older than an outcome, and the nonce at the depth
        that counts first, so that a used nonce never comes without the outcome of what used it.
        """
        hashes = hashes_of(self._promises.live.values())
        known, nonce_at_depth, outcomes = self._heads.head, nothing(0), nothing(NO_OUTCOMES)
        if hashes and known is not None and self._account is not None:
            deep = hex(max(0, known.number - self._settings.confirmations + 1))
            call = ("eth_getTransactionCount", [self._account.account, deep])
            # Where it is refused, no nonce is known to be used.
            nonce_at_depth = or_else(0, one(call, read.index))
            outcomes = outcomes_of(hashes)
        newest = Question((("eth_getBlockByNumber", ["latest", False]),), self._newest)
        return asked(self._rpc, nonce_at_depth, outcomes, newest)

    def _newest(self, answers: Sequence[Any]) -> dict[str, Any]:
        (block,) = answers
        if block is None or isinstance(block, RpcError):
            raise ChainUnavailable(f"{self._rpc.endpoint} has no newest block: {block}")
        found: dict[str, Any] = block
        return found

    def _tell_standing(self, now_s: float) -> None:
        """Without empty blocks an old head is as good as a new one, if an endpoint says it is."""
        if not self._settings.empty_blocks and now_s - self._stood_at_s >= _STANDING_EVERY_S:
            self._stood_at_s = now_s
            self._post(ChainStands())

    def _held_back(self, mined: Mined, head: Head, now_s: float) -> frozenset[str]:
        """Ask the other endpoints; a contradiction comes before the view, and outlasts it."""
        try:
            return self._witnesses.held_back(mined, head, self._settings.confirmations, now_s)
        except ChainUnavailable:
            # What this look has not told is due at the next one, though the head be the same.
            self._view_due = True
            raise

    def _proceed(self, fulfilment: Fulfilment, head: Head, now_s: float) -> None:
        self._promises.let_go(head.number)
        account_state = self._observer.account_state
        if account_state is not None:
            fulfilment.advance(account_state, now_s)
        self._admit(head, now_s)
        self.send_waiting(now_s)

    def _start(self, head: Head, now_s: float) -> None:
        """Begin: see whose chain it is, take up the promises, search for open orders."""
        who = self._account.account if self._account else "nobody"
        with self._comparing(head, now_s):
            genesis = self._rpc.call("eth_getBlockByNumber", "0x0", False)
            origin = read.block(genesis)["hash"] if genesis else PRUNED
            self._chain = text_of(self._rpc.chain_id, origin, who)
            if self._account is not None:
                self._may_send = self._take_up(head)
            self._observer.start(head, self._closing)
        older = self._rpc.call(
            "eth_getBlockByNumber", hex(max(0, head.number - _GUESS_BLOCKS)), False
        )
        if older:
            self._period.guess(head, head_of(older))
        self._started, self._chain_id = True, self._rpc.chain_id

    def _take_up(self, head: Head) -> bool:
        """Take up what was promised before; say whether it is known for sure, so one may send."""
        kept = self._journal.get(CHAIN_KEY)
        is_same = kept is None or is_same_chain(kept, self._chain)
        if kept is not None and not is_same and is_same_key(kept, self._chain):
            # A single false answer must not void what was promised.
            self._others_seen += 1
            if self._others_seen < _OTHER_CHAIN_LOOKS:
                raise ChainUnavailable("the endpoint shows another chain than before")
        try:
            if not is_same:
                _log.warning("another chain or key than before: earlier promises are void")
                self._promises.abandon(_OTHER_CHAIN)
                return False
            self._promises.adopt(head.number)
        except JournalUnwritable as error:
            _log.error("%s: all promises are forgotten, and what was sent is waited out", error)
            self._promises.forget()
            self._journal.put(CHAIN_KEY, None, durable=True)
            return False
        # The chain may have been reorganised while nobody watched.
        self._recheck_due = True
        return kept is not None

    def _observe(self, head: Head, now_s: float) -> None:
        made_at_s = self._period.made_at_s(head.timestamp_s, now_s)
        period_s = self._period.period_s
        try:
            with self._comparing(head, now_s):
                told = self._observer.observe(
                    head, observed_at_s=made_at_s, block_period_s=period_s
                )
        except NotYet as reason:
            _log.debug("the view waits: %s", reason)
            return
        self._view_due = False
        self._post(told)

    def _admit(self, head: Head, now_s: float) -> None:
        """Without a journal of this chain, wait out what may have been sent before it was lost."""
        account_state = self._observer.account_state
        if self._may_send or account_state is None:
            return
        began_block, began_s = self._began_at or (head.number, now_s)
        self._began_at = (began_block, began_s)
        blocks = head.number - began_block
        waited = (
            blocks >= self._settings.confirmations
            or now_s - began_s > self._settings.replace_after_s
        )
        never_sent = account_state.pending_nonce == 0
        if never_sent or (waited and account_state.pending_nonce == account_state.nonce):
            # It is kept for good, so it is asked once more of everybody.
            self._rpc.ensure_agreed_chain()
            self._journal.put(CHAIN_KEY, self._chain, durable=True)
            self._may_send = True

    def _hash_at(self, number: int) -> str | None:
        block = self._rpc.call("eth_getBlockByNumber", hex(number), False)
        return str(read.block(block)["hash"]) if block else None
