"""Where a `policy serve` listens that chose its port itself: one picked for it could be another's by then."""

import time
from urllib.parse import urlsplit


def address(process, log):
    """The address that a server wrote into its log, as soon as it did, however much else runs here."""
    until = time.monotonic() + 300
    while "\n" not in (said := log.read_text(encoding="utf-8")):
        assert process.poll() is None and time.monotonic() < until, said
        time.sleep(0.05)
    return urlsplit(said.split()[0])
