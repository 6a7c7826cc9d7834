"""Carry promises through: send, find the receipt, send again, replace, close a dead nonce.

A used nonce or a lost answer means *look for the receipt*, never *send something new*; only when
another transaction has used the nonce, deep enough, is the same intent signed with the next one.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from node.core.commands import Intent
from node.core.errors import ChainUnavailable
from node.journal_file import JournalUnwritable
from node.ledger import answers as read
from node.ledger.broadcast import Outcome, outcome_of, send, signed
from node.ledger.calls import ContractCall, Contracts
from node.ledger.fees import Fees, market_fees, raised_fees
from node.ledger.heads import Head
from node.ledger.keys import Account
from node.ledger.preflight import Preflight
from node.ledger.promises import Promises, Track, hashes_of, inclusion_of
from node.ledger.purse import Purse
from node.ledger.refusals import Refusal
from node.ledger.rpc import Call, Rpc
from node.ledger.settings import LedgerSettings
from node.promise import Attempt

FOREIGN_AFTER_S = 3.0
"""An endpoint may count a transaction before it shows the receipt; so long it is waited for."""

_log = logging.getLogger(__name__)
_NO_FREE_RIDE = Refusal(
    name="GasTooLow", sentence="the chain takes a fee, and the account has too little for it"
)
_CLOSED = Refusal(name="Closed", sentence="it could no longer succeed, and its nonce was closed")

Receipts = Mapping[str, Mapping[str, Any]]


class Pursuit:
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
        self._contracts = contracts
        self._settings = settings
        self._account = account
        self._promises = promises
        self._preflight = Preflight(rpc, contracts, account.account)

    def launch(self, intents: Sequence[Intent], purse: Purse, now_s: float) -> None:
        """Check, sign, write down and send intents, in this order.

        Raises:
            ChainUnavailable: none was signed, or those signed may or may not have been taken.
        """
        fees = self._market(purse)
        if fees is None:
            for intent in intents:
                self._promises.decline(intent, self._too_dear(purse))
            return
        tracks: list[Track] = []
        verdicts = self._preflight.check(intents, fees.fee_wei)
        for intent, verdict in zip(intents, verdicts, strict=True):
            if isinstance(verdict, Refusal):
                self._promises.decline(intent, verdict)
                continue
            attempt = self._signed(self._promises.next_nonce(purse), fees, verdict)
            try:
                tracks.append(self._promises.prepare(intent, attempt))
            except JournalUnwritable as error:
                self._promises.decline(
                    intent, Refusal(name="JournalUnwritable", sentence=str(error))
                )
        self._send(tracks, purse.head, now_s)

    def settle(
        self,
        receipts: Receipts,
        held_back: frozenset[str],
        nonce_at_depth: int,
        head: Head,
        now_s: float,
    ) -> None:
        """Act on what the chain says of the live promises at a head.

        The receipts `held_back` do not count yet. `nonce_at_depth` is the account's nonce at the
        configured depth.
        """
        for track in list(self._promises.live.values()):
            found = _found(track, receipts)
            track.included = found is not None
            if found is None:
                self._note_missing(track, nonce_at_depth, now_s)
                continue
            attempt, receipt = found
            depth = head.number - int(receipt["blockNumber"], 16) + 1
            if depth >= self._settings.confirmations and attempt.hash not in held_back:
                self._conclude(track, attempt, receipt, head)

    def advance(self, purse: Purse, now_s: float) -> None:
        """Send again, replace, sign anew or close what is not in a block yet."""
        live = [track for track in self._promises.live.values() if not track.included]
        due: list[Track] = []
        for track in live:
            if track.missing_since_s is not None:
                if now_s - track.missing_since_s >= FOREIGN_AFTER_S:
                    self._sign_anew(track, purse, now_s)
            elif self._replaced(track, purse, now_s) or self._is_due(track, purse.head, now_s):
                due.append(track)
        for nonce in self._promises.gaps(purse):
            fees = self._market(purse)
            if fees is not None:
                _log.info("nonce %d is dead: it is closed with a transfer of nothing", nonce)
                due.append(self._promises.prepare(None, self._signed(nonce, fees, None)))
        self._send(sorted(due, key=lambda track: track.newest.nonce), purse.head, now_s)

    def recheck(self, head: Head) -> None:
        """After a reorganisation, look where the kept promises stand now."""
        watched = list(self._promises.watched.values())
        receipts = self._receipts_at(head, watched)
        for track in watched:
            found = _found(track, receipts)
            if found is not None and found[1]["status"] == "0x1":
                depth = head.number - int(found[1]["blockNumber"], 16) + 1
                if depth >= self._settings.confirmations:
                    timestamp_s = self._timestamp_of(found[1], head)
                    self._promises.moved(track, inclusion_of(found[1], timestamp_s))
                    continue
            number = track.promise.inclusion.block_number if track.promise.inclusion else 0
            self._promises.undo(track, f"the chain replaced block {number}, which held it")

    def _receipts_at(self, head: Head, tracks: Sequence[Track]) -> Receipts:
        """Ask for all receipts of these promises at an endpoint that has the head itself."""
        hashes = hashes_of(tracks)
        calls: list[Call] = [("eth_getTransactionReceipt", [h]) for h in hashes]
        *answers, block = self._rpc.batch(
            [*calls, ("eth_getBlockByNumber", [hex(head.number), False])]
        )
        # The next endpoint may have taken over within this look: what it lacks is not undone.
        if read.block(block)["hash"] != head.hash:
            raise ChainUnavailable(f"block {head.number} was replaced while it was looked at")
        return read.receipts(hashes, answers)

    def _conclude(
        self, track: Track, attempt: Attempt, receipt: Mapping[str, Any], head: Head
    ) -> None:
        if attempt.closes and track.intent is not None:
            self._promises.refuse(track, track.void or _CLOSED)
        elif receipt["status"] == "0x1":
            self._promises.confirm(track, inclusion_of(receipt, self._timestamp_of(receipt, head)))
        else:
            self._promises.refuse(track, self._preflight.why_reverted(track.intent, receipt))

    def _note_missing(self, track: Track, nonce_at_depth: int, now_s: float) -> None:
        if nonce_at_depth <= track.newest.nonce:
            track.missing_since_s = None
        elif track.missing_since_s is None:
            track.missing_since_s = now_s

    def _sign_anew(self, track: Track, purse: Purse, now_s: float) -> None:
        """Sign an intent with the next nonce: a transaction that is not ours has used its own."""
        track.missing_since_s = None
        if track.intent is None:
            self._promises.refuse(track, _CLOSED)
            return
        fees = self._market(purse)
        if fees is None:
            return
        (verdict,) = self._preflight.check([track.intent], fees.fee_wei)
        if isinstance(verdict, Refusal):
            self._promises.refuse(track, verdict)
            return
        nonce = self._promises.next_nonce(purse)
        _log.warning(
            "nonce %d was used by another transaction: %s is signed with %d",
            track.newest.nonce,
            track.promise.identity,
            nonce,
        )
        self._promises.add(track, self._signed(nonce, fees, verdict))
        self._send([track], purse.head, now_s)

    def _is_due(self, track: Track, head: Head, now_s: float) -> bool:
        """Say whether to send the same bytes again: a pool may have dropped them."""
        if track.sent_at_s is None or track.sent_at_block < head.number:
            return True
        return now_s - track.sent_at_s > max(2.0, self._settings.replace_after_s / 4)

    def _replaced(self, track: Track, purse: Purse, now_s: float) -> bool:
        """Sign a dearer transaction at the same nonce if this one, next in line, waits too long."""
        if track.newest.nonce != purse.nonce:
            track.front_since_s = None
            return False
        if track.front_since_s is None:
            track.front_since_s = now_s
        waited_s = now_s - track.front_since_s
        if not track.underpriced and waited_s < self._settings.replace_after_s:
            return False
        newest, market = track.newest, self._market(purse)
        old = Fees(
            fee_wei=newest.fee_wei,
            tip_wei=newest.tip_wei,
            legacy=purse.head.base_fee_wei is None,
        )
        if old.fee_wei == 0 and (market is None or market.fee_wei == 0):
            return False
        fees = raised_fees(old, market, cap_wei=self._settings.max_fee_per_gas_wei)
        if fees is None:
            return False
        call = self._call_to_repeat(track)
        self._promises.add(track, self._signed(newest.nonce, fees, call))
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
        if isinstance(verdict, Refusal):
            track.void = verdict
            return None
        return verdict

    def _send(self, tracks: Sequence[Track], head: Head, now_s: float) -> None:
        if not tracks:
            return
        try:
            answers = send(self._rpc, [track.newest for track in tracks])
        except ChainUnavailable:
            # Lost on the way or on the way back: from now on each may be in a pool.
            for track in tracks:
                track.maybe_sent = True
            raise
        for track, answer in zip(tracks, answers, strict=True):
            self._take_outcome(track, answer, head, now_s)

    def _take_outcome(self, track: Track, answer: object, head: Head, now_s: float) -> None:
        outcome = outcome_of(answer)
        if outcome in (Outcome.TAKEN, Outcome.NONCE_USED):
            self._promises.sent(track, now_s, head.number)
            return
        if track.said != str(answer):
            track.said = str(answer)
            _log.warning("%s: the endpoint says: %s", track.promise.identity, answer)
        track.sent_at_s, track.sent_at_block = now_s, head.number
        if outcome is Outcome.UNDERPRICED and (track.maybe_sent or track.newest.fee_wei > 0):
            track.underpriced = True
        elif outcome is Outcome.UNDERPRICED:
            self._promises.refuse(track, _NO_FREE_RIDE)
        elif outcome in (Outcome.NO_FUNDS, Outcome.REFUSED) and not track.maybe_sent:
            name = "GasTooLow" if outcome is Outcome.NO_FUNDS else "EndpointRefused"
            self._promises.refuse(track, Refusal(name=name, sentence=str(answer)))

    def _signed(self, nonce: int, fees: Fees, call: ContractCall | None) -> Attempt:
        chain_id = self._rpc.chain_id
        if chain_id is None:
            raise ChainUnavailable("the chain's id is not known yet")
        return signed(self._account, chain_id=chain_id, nonce=nonce, fees=fees, call=call)

    def _too_dear(self, purse: Purse) -> Refusal:
        cap_wei, price_wei = self._settings.max_fee_per_gas_wei, purse.gas_price_wei
        sentence = f"the chain asks {price_wei} wei per gas, above the cap of {cap_wei}"
        return Refusal(name="FeeAboveCap", sentence=sentence)

    def _market(self, purse: Purse) -> Fees | None:
        return market_fees(
            gas_price_wei=purse.gas_price_wei,
            base_fee_wei=purse.head.base_fee_wei,
            cap_wei=self._settings.max_fee_per_gas_wei,
        )

    def _timestamp_of(self, receipt: Mapping[str, Any], head: Head) -> int:
        if receipt["blockHash"] == head.hash:
            return head.timestamp_s
        block = self._rpc.call("eth_getBlockByHash", receipt["blockHash"], False)
        return read.index(read.block(block)["timestamp"]) if block else head.timestamp_s


def _found(track: Track, receipts: Receipts) -> tuple[Attempt, Mapping[str, Any]] | None:
    for attempt in track.promise.attempts:
        if attempt.hash in receipts:
            return attempt, receipts[attempt.hash]
    return None
