"""Find out who signed: recovery on secp256k1, and the one form that a signature may have.

Neither web3 nor eth_account is imported: the relay server must start fast and stay small.
"""

from coincurve import PublicKey

from node.core.errors import Refused
from node.keys.keccak import address_of_public_key

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_WORD = 32


def signer_of(digest: bytes, signature: bytes) -> str:
    """Return the checksummed address that signed a digest.

    Raises:
        Refused: BadSignature, also for a high s or a v other than 27 and 28, so that every
            signature has one form only.
    """
    if len(signature) != 2 * _WORD + 1 or signature[-1] not in (27, 28):
        raise Refused("BadSignature", "a signature is r, s, and v of 27 or 28")
    r = int.from_bytes(signature[:_WORD], "big")
    s = int.from_bytes(signature[_WORD : 2 * _WORD], "big")
    if not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        raise Refused("BadSignature", "r or s is out of range, or s is not the low one")
    recoverable = signature[:-1] + bytes([signature[-1] - 27])
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except Exception as error:  # coincurve raises nothing narrower here
        raise Refused("BadSignature", "no key has made this signature") from error
    return address_of_public_key(key.format(compressed=False))
