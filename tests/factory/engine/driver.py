"""A whole run as a process of its own, to be killed: `python -m tests.factory.engine.driver OUT EXECUTOR JOBS`.

What is done is what was committed. Exits as the command line does: 0, or 130 when interrupted.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from factory.engine import Event, Finished, Opened, Started, run
from factory.storage import open_storage
from schemas.recipe import Engine
from tests.factory.engine.works import jobs, slow_write


def main(out: str, executor: str, count: int) -> int:
    storage = open_storage(out)
    finished = {name.removeprefix("made/") for name in storage.names("made/")}
    options = Engine.model_validate({"executor": executor, "workers": 2 if executor == "ray" else None})
    try:
        run(jobs(count), partial(slow_write, out), options, storage, partial(_tell, Path(out)), finished)
    except KeyboardInterrupt:
        return 130
    return 0


def _tell(out: Path, event: Event) -> None:
    match event:
        case Opened():
            sys.stdout.write(f"skipped {event.skipped}\n")
        case Started() | Finished():
            sys.stdout.write(f"{type(event).__name__} {event.id}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
