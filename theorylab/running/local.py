"""Computing what is missing in this process, alone or as one shard of several that share a records folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from theorylab.errors import Unfinished
from theorylab.running.job import Place, command
from theorylab.running.pending import Work
from theorylab.terminal import progress

POLL = 0.5  # seconds between two looks at the records folder

WAIT = 60.0  # least seconds that a shard waits while no chunk arrives; ten of its own chunks where those take longer


def alone(works: Sequence[Work]) -> None:
    """Compute everything in this process, record by record."""
    for work in works:
        if work.record.sealed:
            continue
        with progress(work.record.id, len(work.wanted)) as tell:
            while places := work.missing():
                for place in places:
                    work.do(*place)
                    tell(work.done, sum(work.wanted), f"cell {place[0]}")
            work.finish()


def share(index: int, of: int, wait: float | None = None) -> Callable[[Sequence[Work]], None]:
    """Compute shard `index` of `of`: the chunks with (cell + chunk) mod `of` = `index` - 1 of every record.

    Shards share the records folder and nothing else. Which chunks are wanted next shows once those below them are on
    disk, whoever wrote them; a shard that has done its part therefore waits for the chunks of the others, as long as
    chunks keep arriving. Whoever finds everything present seals the record. If nothing arrives for `wait` seconds
    (default: 60, or ten of its own slowest chunks), a shard is dead or not started yet: the others say what is missing
    and end, nothing lost. The same shard again, or a plain run, goes on from there.

    Raises:
        Unfinished: chunks of other shards are missing.
    """

    def fill(works: Sequence[Work]) -> None:
        slowest, quiet, before = 0.0, time.monotonic(), -1
        open_works = [w for w in works if not w.record.sealed]
        with progress(f"shard {index}/{of}", sum(len(w.wanted) for w in open_works)) as tell:
            while True:
                left = [(work, place) for work in open_works for place in work.missing()]
                for work in open_works:
                    if not any(w is work for w, _ in left):
                        work.finish()
                if not left:
                    return
                mine = [(work, place) for work, place in left if sum(place) % of == index - 1]
                for work, place in mine:
                    slowest = max(slowest, work.do(*place, at_once=of))
                    tell(sum(w.done for w in works), sum(sum(w.wanted) for w in works), work.job.name)
                done = sum(w.done for w in works)
                if mine or done != before:
                    quiet, before = time.monotonic(), done
                    continue
                if time.monotonic() - quiet > (max(WAIT, 10 * slowest) if wait is None else wait):
                    raise Unfinished(_still_missing(left, f"shard {index}/{of}"))
                time.sleep(POLL)

    return fill


def _still_missing(left: Sequence[tuple[Work, Place]], who: str) -> str:
    work, (cell, chunk) = left[0]
    again = command([w.job for w, _ in left])
    chunks = "1 chunk of another shard is" if len(left) == 1 else f"{len(left)} chunks of other shards are"
    return (
        f"{who} is done; {chunks} missing (first: record {work.record.id}, cell {cell}, chunk {chunk}); "
        f"`{again}` without --shard completes what is missing"
    )
