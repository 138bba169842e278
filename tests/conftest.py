"""What all tests start from, whoever starts them."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# Property tests draw the same examples in every run, and an example may take its time on a busy machine.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")

# A shell starts what it puts into the background with Ctrl-C ignored, and children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
