"""Sign and send one account's transactions, and act on what an endpoint says to them."""

import logging
from collections.abc import Sequence

from node.core.errors import ChainUnavailable, Refusal
from node.keys.account import Account
from node.ledger.chain.account_state import AccountState
from node.ledger.chain.fees import Fees, market_fees
from node.ledger.chain.heads import Head
from node.ledger.chain.rpc import Rpc
from node.ledger.sending.broadcast import Reception, reception_of, send, signed
from node.ledger.sending.promises import Promises, Track
from node.ledger.sending.row import ContractCall
from node.ledger.settings import LedgerSettings
from node.state.promise import Attempt

_log = logging.getLogger(__name__)
_NO_FREE_RIDE = Refusal(
    name="GasTooLow", sentence="the chain takes a fee, and the account has too little for it"
)


class Wallet:
    """Send for one account; used from the ledger's thread alone."""

    def __init__(
        self, rpc: Rpc, settings: LedgerSettings, account: Account, promises: Promises
    ) -> None:
        self._rpc = rpc
        self._settings = settings
        self._account = account
        self._promises = promises

    def send(self, tracks: Sequence[Track], head: Head, now_s: float) -> None:
        """Send each promise's newest transaction, in this order.

        Raises:
            ChainUnavailable: no endpoint answered, and each may or may not have been taken.
        """
        if not tracks:
            return
        try:
            answers, repeated = send(self._rpc, [track.newest for track in tracks])
        except ChainUnavailable:
            # Lost on the way or on the way back: from now on each may be in a pool.
            for track in tracks:
                track.maybe_sent = True
            raise
        for track, answer in zip(tracks, answers, strict=True):
            self._take_reception(track, answer, head, now_s, is_first=not repeated)

    def _take_reception(
        self, track: Track, answer: object, head: Head, now_s: float, *, is_first: bool
    ) -> None:
        """Act on an endpoint's word; only what the first one that was asked refuses is refused."""
        reception = reception_of(answer)
        if reception in (Reception.TAKEN, Reception.NONCE_USED):
            self._promises.sent(track, now_s, head.number)
            return
        if track.said != str(answer):
            track.said = str(answer)
            _log.warning("%s: the endpoint says: %s", track.promise.identity, answer)
        track.sent_at_s, track.sent_at_block = now_s, head.number
        is_first = is_first and not track.maybe_sent
        track.maybe_sent = True
        if reception is Reception.UNDERPRICED and (not is_first or track.newest.fee_wei > 0):
            track.underpriced = True
        elif reception is Reception.UNDERPRICED:
            self._promises.refuse(track, _NO_FREE_RIDE)
        elif reception in (Reception.NO_FUNDS, Reception.REFUSED) and is_first:
            name = "GasTooLow" if reception is Reception.NO_FUNDS else "EndpointRefused"
            self._promises.refuse(track, Refusal(name=name, sentence=str(answer)))

    def signed(self, nonce: int, fees: Fees, call: ContractCall | None) -> Attempt:
        """Sign a call; without one, a transfer of nothing that only uses the nonce.

        Raises:
            ChainUnavailable: the chain's id is not known yet.
        """
        chain_id = self._rpc.chain_id
        if chain_id is None:
            raise ChainUnavailable("the chain's id is not known yet")
        return signed(self._account, chain_id=chain_id, nonce=nonce, fees=fees, call=call)

    def too_dear(self, account_state: AccountState) -> Refusal:
        """Say that the chain asks more than the cap."""
        cap_wei, price_wei = self._settings.max_fee_per_gas_wei, account_state.gas_price_wei
        sentence = f"the chain asks {price_wei} wei per gas, above the cap of {cap_wei}"
        return Refusal(name="FeeAboveCap", sentence=sentence)

    def market(self, account_state: AccountState) -> Fees | None:
        """Give the fees of the moment; None above the cap."""
        return market_fees(
            gas_price_wei=account_state.gas_price_wei,
            base_fee_wei=account_state.head.base_fee_wei,
            cap_wei=self._settings.max_fee_per_gas_wei,
        )
