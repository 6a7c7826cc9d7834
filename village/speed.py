"""How fast a street may be played on this machine."""

import os

from village.households import FULL_SPEED

HOMES_PER_CORE = 5
"""At full speed a home's processes, the plant's and the chain's share take a fifth of a core."""
TRADERS_PER_CORE = 2
"""With an auction each has more to read and to send, and an interval's work waits for no one."""


def bearable_speed(speed: float, homes: int, homes_per_core: int) -> float:
    """Lower a speed at which this machine's cores would lag behind the played calendar."""
    cores = os.cpu_count() or 1
    most = FULL_SPEED * cores * homes_per_core / homes
    if speed > most:
        print(f"{homes} homes are many for {cores} cores: playing at speed {most:.0f}", flush=True)
    return min(speed, most)
