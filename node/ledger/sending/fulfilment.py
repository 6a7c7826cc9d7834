"""Fulfil promises: send, find the outcome, send again, replace, close a dead nonce.

A used nonce or a lost answer means *look for the outcome*, never *send something new*. Only when
another transaction is proven to have used the nonce, or when the chain itself takes the intent but
once and would take it now, is the same intent signed with the next one.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from node.core.commands import Intent
from node.core.errors import ChainUnavailable, Refusal
from node.keys.account import Account
from node.ledger.chain import answers as read
from node.ledger.chain.account_state import AccountState
from node.ledger.chain.asking import asked, stamp_of
from node.ledger.chain.fees import Fees, raised_fees
from node.ledger.chain.heads import Head
from node.ledger.chain.outcomes import Mined, Outcomes, outcomes_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.sending.fate import Fate, Fates
from node.ledger.sending.intents import row_of
from node.ledger.sending.preflight import NO_VERDICT, Preflight
from node.ledger.sending.promises import Promises, Track, hashes_of, inclusion_of
from node.ledger.sending.row import ContractCall
from node.ledger.sending.wallet import Wallet
from node.ledger.settings import LedgerSettings
from node.state.file import JournalUnwritable
from node.state.promise import Attempt

LOOK_AFTER_S = 3.0
"""An endpoint may count a transaction before it shows the outcome: so long it is waited for, then
looked into, and each time twice as long, up to `MOST_LOOK_S`."""
MOST_LOOK_S = 60.0

_log = logging.getLogger(__name__)
_CLOSED = Refusal(name="Closed", sentence="it could no longer succeed, and its nonce was closed")


class Fulfilment:
    """Act on the promises of one account; used from the ledger's thread alone."""

    def __init__(
        self,
        rpc: Rpc,
        contracts: Contracts,
        settings: LedgerSettings,
        account: Account,
        promises: Promises,
    ) -> None:
        self._rpc = rpc
        self._settings = settings
        self._promises = promises
        self._preflight = Preflight(rpc, contracts, account.account)
        self._fates = Fates(rpc, account)
        self._wallet = Wallet(rpc, settings, account, promises)

    def launch(self, intents: Sequence[Intent], account_state: AccountState, now_s: float) -> None:
        """Check, sign, write down and send intents, in this order.

        Raises:
            ChainUnavailable: none was signed, or those signed may or may not have been taken.
        """
        fees = self._wallet.market(account_state)
        if fees is None:
            for intent in intents:
                self._promises.decline(intent, self._wallet.too_dear(account_state))
            return
        tracks: list[Track] = []
        verdicts = self._preflight.check(intents, fees.fee_wei)
        for intent, verdict in zip(intents, verdicts, strict=True):
            if isinstance(verdict, Refusal):
                self._promises.decline(intent, verdict)
                continue
            attempt = self._wallet.signed(self._promises.next_nonce(account_state), fees, verdict)
            try:
                tracks.append(self._promises.prepare(intent, attempt))
            except JournalUnwritable as error:
                self._promises.decline(
                    intent, Refusal(name="JournalUnwritable", sentence=str(error))
                )
        self._wallet.send(tracks, account_state.head, now_s)

    def settle(
        self,
        outcomes: Outcomes,
        held_back: frozenset[str],
        nonce_at_depth: int,
        head: Head,
        now_s: float,
    ) -> None:
        """Act on what the chain says of the live promises at a head.

        The outcomes `held_back` do not count yet. `nonce_at_depth` is the account's nonce at the
        configured depth.
        """
        for track in list(self._promises.live.values()):
            found = _found(track, outcomes.mined)
            track.included = found is not None
            if found is None:
                if not any(
                    attempt.hash in outcomes.unanswered for attempt in track.promise.attempts
                ):
                    self._note_missing(track, nonce_at_depth, now_s)
                continue
            attempt, outcome = found
            depth = head.number - int(outcome["blockNumber"], 16) + 1
            if depth >= self._settings.confirmations and attempt.hash not in held_back:
                self._conclude(track, attempt, outcome, head, now_s)

    def advance(self, account_state: AccountState, now_s: float) -> None:
        """Send again, replace, sign anew or close what is not in a block yet."""
        live = [track for track in self._promises.live.values() if not track.included]
        due: list[Track] = []
        far = self._promises.out_of_reach(account_state)
        for track in live:
            if track in far:
                if track.intent is not None and row_of(track.intent).is_once:
                    self._sign_anew(track, track.intent, account_state, now_s, proven=False)
            elif track.missing_since_s is not None:
                if now_s >= track.look_at_s:
                    self._look_into(track, account_state, now_s)
            elif self._replaced(track, account_state, now_s) or self._is_due(
                track, account_state.head, now_s
            ):
                due.append(track)
        for nonce in self._promises.gaps(account_state):
            fees = self._wallet.market(account_state)
            if fees is not None:
                _log.info("nonce %d is dead: it is closed with a transfer of nothing", nonce)
                due.append(self._promises.prepare(None, self._wallet.signed(nonce, fees, None)))
        self._wallet.send(
            sorted(due, key=lambda track: track.newest.nonce), account_state.head, now_s
        )

    def recheck(self, head: Head) -> None:
        """After a reorganisation, look where the kept promises stand now."""
        watched = list(self._promises.watched.values())
        mined = self._mined_at(head, watched)
        for track in watched:
            found = _found(track, mined)
            if found is not None and found[1]["status"] == "0x1":
                depth = head.number - int(found[1]["blockNumber"], 16) + 1
                if depth >= self._settings.confirmations:
                    timestamp_s = self._timestamp_of(found[1], head)
                    self._promises.moved(track, inclusion_of(found[1], timestamp_s))
                    continue
            number = track.promise.inclusion.block_number if track.promise.inclusion else 0
            self._promises.undo(track, f"the chain replaced block {number}, which held it")

    def _mined_at(self, head: Head, tracks: Sequence[Track]) -> Mined:
        """Ask for all outcomes of these promises at an endpoint that has the head itself."""
        outcomes, stamp = asked(self._rpc, outcomes_of(hashes_of(tracks)), stamp_of(head.number))
        if outcomes.unanswered:
            raise ChainUnavailable(f"{self._rpc.endpoint} does not say where transactions are")
        # The next endpoint may have taken over within this look: what it lacks is not undone.
        if stamp.hash != head.hash:
            raise ChainUnavailable(f"block {head.number} was replaced while it was looked at")
        return outcomes.mined

    def _conclude(
        self,
        track: Track,
        attempt: Attempt,
        outcome: Mapping[str, Any],
        head: Head,
        now_s: float,
    ) -> None:
        closes = attempt.closes and track.intent is not None
        if outcome["status"] == "0x1" and not closes:
            self._promises.confirm(track, inclusion_of(outcome, self._timestamp_of(outcome, head)))
        elif not self._may_stand_elsewhere(track, attempt.nonce, head, now_s):
            why = track.void or _CLOSED
            if not closes:
                why = self._preflight.why_reverted(track.intent, outcome)
            self._promises.refuse(track, why)

    def _may_stand_elsewhere(self, track: Track, nonce: int, head: Head, now_s: float) -> bool:
        """Say whether a transaction at another nonce may have carried the intent out."""
        others = {a.nonce for a in track.promise.attempts} - {nonce} - track.foreign
        if others and now_s >= track.look_at_s:
            track.wait_longer(now_s, LOOK_AFTER_S, MOST_LOOK_S)
            for other in others:
                if self._fates.of(other, track.promise.attempts, head) is Fate.FOREIGN:
                    track.foreign |= {other}
            others -= track.foreign
        return bool(others)

    def _note_missing(self, track: Track, nonce_at_depth: int, now_s: float) -> None:
        if nonce_at_depth <= track.newest.nonce:
            track.missing_since_s = None
        elif track.missing_since_s is None:
            track.missing_since_s, track.looks = now_s, 0
            track.look_at_s = now_s + LOOK_AFTER_S

    def _look_into(self, track: Track, account_state: AccountState, now_s: float) -> None:
        """Find out what used a promise's nonce; its outcome may only be late."""
        track.wait_longer(now_s, LOOK_AFTER_S, MOST_LOOK_S)
        fate = self._fates.of(track.newest.nonce, track.promise.attempts, account_state.head)
        _log.info("nonce %d is used, and no receipt is shown: %s", track.newest.nonce, fate.value)
        if fate in (Fate.OURS, Fate.UNKNOWN):
            return
        if track.intent is None:
            # Whatever used it, it is closed.
            self._promises.refuse(track, _CLOSED)
            return
        proven = fate is Fate.FOREIGN
        if proven:
            track.foreign |= {track.newest.nonce}
        if proven or row_of(track.intent).is_once:
            self._sign_anew(track, track.intent, account_state, now_s, proven=proven)

    def _sign_anew(
        self,
        track: Track,
        intent: Intent,
        account_state: AccountState,
        now_s: float,
        *,
        proven: bool,
    ) -> None:
        """Sign an intent with the next nonce.

        Unless its own was `proven` to be used by a transaction that is not ours, the first may
        stand, and a refusal may well be its doing.
        """
        fees = self._wallet.market(account_state)
        if fees is None:
            return
        (verdict,) = self._preflight.check([intent], fees.fee_wei)
        if isinstance(verdict, Refusal):
            if proven and verdict.name not in NO_VERDICT:
                self._promises.refuse(track, verdict)
            return
        nonce = self._promises.next_nonce(account_state)
        lost, identity = track.newest.nonce, track.promise.identity
        _log.warning("nonce %d is lost to %s: it is signed with %d", lost, identity, nonce)
        track.missing_since_s = None
        self._promises.add(track, self._wallet.signed(nonce, fees, verdict))
        self._wallet.send([track], account_state.head, now_s)

    def _is_due(self, track: Track, head: Head, now_s: float) -> bool:
        """Say whether to send the same bytes again: a pool may have dropped them."""
        if track.sent_at_s is None or track.sent_at_block < head.number:
            return True
        return now_s - track.sent_at_s > max(2.0, self._settings.replace_after_s / 4)

    def _replaced(self, track: Track, account_state: AccountState, now_s: float) -> bool:
        """Sign a dearer transaction at the same nonce if this one, next in line, waits too long."""
        if track.newest.nonce != account_state.nonce:
            track.front_since_s = None
            return False
        if track.front_since_s is None:
            track.front_since_s = now_s
        waited_s = now_s - track.front_since_s
        if not track.underpriced and waited_s < self._settings.replace_after_s:
            return False
        newest, market = track.newest, self._wallet.market(account_state)
        old = Fees(
            fee_wei=newest.fee_wei,
            tip_wei=newest.tip_wei,
            legacy=account_state.head.base_fee_wei is None,
        )
        if old.fee_wei == 0 and (market is None or market.fee_wei == 0):
            return False
        fees = raised_fees(old, market, cap_wei=self._settings.max_fee_per_gas_wei)
        if fees is None:
            return False
        call = self._call_to_repeat(track)
        self._promises.add(track, self._wallet.signed(newest.nonce, fees, call))
        _log.info(
            "%s waits since %.0f s: nonce %d now offers %d wei per gas%s",
            track.promise.identity,
            waited_s,
            newest.nonce,
            fees.fee_wei,
            "" if call else ", only to be closed",
        )
        track.front_since_s, track.underpriced = now_s, False
        return True

    def _call_to_repeat(self, track: Track) -> ContractCall | None:
        if track.intent is None or track.newest.closes:
            return None
        (verdict,) = self._preflight.check([track.intent], 0)
        if not isinstance(verdict, Refusal):
            return verdict
        if verdict.name in NO_VERDICT:
            # The contract was not heard: as it was sent before, so it is sent again.
            return self._preflight.untried(track.intent)
        track.void = verdict
        return None

    def _timestamp_of(self, outcome: Mapping[str, Any], head: Head) -> int:
        if outcome["blockHash"] == head.hash:
            return head.timestamp_s
        block = self._rpc.call("eth_getBlockByHash", outcome["blockHash"], False)
        return read.index(read.block(block)["timestamp"]) if block else head.timestamp_s


def _found(track: Track, mined: Mined) -> tuple[Attempt, Mapping[str, Any]] | None:
    for attempt in track.promise.attempts:
        if attempt.hash in mined:
            return attempt, mined[attempt.hash]
    return None
