"""Run the real node where nothing can be written.

`python -m tests.faults.hampered_node KIND run --parameters FILE`:

full       no file of the process takes a byte: its size limit (RLIMIT_FSIZE) is 0, and each write
           fails with EFBIG (Python ignores SIGXFSZ), which SQLite treats as it does a full disk
read-only  the modes of files hold for root, too: without CAP_DAC_OVERRIDE

Neither needs a right that a test may lack, and both leave other processes alone.
"""

import ctypes
import os
import resource
import sys

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE = 1
KINDS = ("full", "read-only")


def main() -> None:
    """Take the means away, and become the node."""
    kind, *command = sys.argv[1:]
    if kind == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    elif os.geteuid() == 0:
        # Only at the next exec: hence the node does not run in this very process.
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)
    os.execv(sys.executable, [sys.executable, "-m", "node", *command])


if __name__ == "__main__":
    main()
