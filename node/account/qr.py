"""Draw an address as a QR code, for a wallet's camera."""

import io

import segno

_BORDER = 2


def drawn(address: str) -> str:
    """Give the code of `ethereum:ADDRESS` (ERC-681) as lines of text for a terminal."""
    written = io.StringIO()
    code = segno.make(f"ethereum:{address}", error="m", micro=False)
    code.terminal(written, border=_BORDER, compact=True)
    return written.getvalue().rstrip("\n")
