"""Keep a process that runs for months from growing.

What lives as long as the process (mostly the modules) is left out of every later search for
garbage, so that a search is short and may be frequent. The C library keeps pages that were freed
between others in use; it is asked to give them back.
"""

import asyncio
import ctypes
import gc

START_OVER_S = 60.0
"""When all modules are loaded, also those that the chain's thread loads for itself."""
TIDY_EVERY_S = 300.0


async def keep_small() -> None:
    """Tidy up again and again, until cancelled."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    await asyncio.sleep(START_OVER_S)
    gc.collect()
    gc.freeze()
    while True:
        gc.collect()
        # Only the GNU C library has it; others keep less.
        if trim is not None:
            trim(0)
        await asyncio.sleep(TIDY_EVERY_S)
