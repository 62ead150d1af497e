"""Everything for everything: claims derived, protocols run one to a core, figures drawn, the report written.

One line tells how far it is and how long it takes still; three lines at the end tell where the report is and what was
found.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from theorylab import terminal
from theorylab.cli import status, tables
from theorylab.drawing import figures, redraw
from theorylab.lab import listing
from theorylab.lab.verdicts import Verdicts
from theorylab.running import environment
from theorylab.running.expected import expected
from theorylab.running.side_by_side import Outcome, failed, outcomes
from theorylab.site import assemble
from theorylab.words import duration

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab

# seconds on one core, measured on the standard lab
CLAIM = 0.5  # deriving and verifying one
FIGURE = 1.0
PAGE = 0.5  # of the report, one for each claim
SPARSE = 30.0  # seconds between two lines where there is no terminal to redraw one on

Tell = Callable[[float, str], None]  # (seconds left, what is done now)


@dataclass(frozen=True)
class Found:
    """What came of everything."""

    report: Path
    rows: Verdicts
    failed: Mapping[str, Outcome]
    unverified: int


def reproduce(lab: Lab, tier: str, seed: int, devices: int | None = None) -> Found:
    """Run everything, one protocol to a core, then judge, draw, report.

    A protocol that fails says so in a line and does not keep the others from running.
    """
    cores = devices or environment.cores()
    times = {name: expected(lab, name, tier, seed) for name in lab.protocol_names}
    seconds = {name: took for name, (took, _) in times.items()}
    drawings = figures.names(lab)
    claims, drawing, page = CLAIM * len(lab.claims), FIGURE * len(drawings), PAGE * len(lab.claims)
    after = drawing + page
    guessed = sum(not known for _, known in times.values())
    source = "as the last records took" if not guessed else f"estimated for {guessed} without a record of this tier"
    terminal.say(
        f"{len(lab.claims)} claims, {len(times)} protocols, {len(drawings)} figures: "
        f"{duration(claims + _left(seconds, {}, cores) + after)} on {cores} cores ({source})"
    )
    with _line() as tell:
        unverified = _derive(lab, lambda left, what: tell(left + _left(seconds, {}, cores) + after, what))
        found = _run(lab, tier, seed, devices, seconds, lambda left, what: tell(left + after, what))
        found |= _draw(lab, drawings, lambda left, what: tell(left + page, what))
        tell(page, "report")
        report = assemble.report(lab, None)
    if damaged := listing.damaged(lab):
        terminal.warn(f"not judged: {damaged}")
    rows = Verdicts.of(row for name in sorted(found) for row in found[name].rows)
    return Found(report, rows, {n: o for n, o in sorted(found.items()) if o.failure}, unverified)


def conclude(found: Found) -> int:
    """Print where the report is and what was found, in three lines; the exit status."""
    summary = found.rows.families
    wrong = [f for f in summary if tables.differs(f)]
    right = Counter(f.outcome for f in summary if not tables.differs(f))
    undecided = f", {right['undecided']} undecided" if right["undecided"] else ""
    unexpected = [f"{f.claim} {f.outcome} ({f.protocol})" for f in wrong]
    unexpected += [f"{name} failed" for name in found.failed]
    if found.unverified:
        unexpected.append(f"{found.unverified} steps of derivations not verified")
    print(f"report: {found.report}")
    print(f"as expected: {right['agrees']} agree, {right['disagrees']} disagree{undecided}")
    print(f"unexpected: {', '.join(unexpected) or 'nothing'}")
    traces = [o.trace for o in found.failed.values() if o.trace]
    if traces:
        return status.fail(f"unforeseen errors, as said above; {status.kept(traces)}", status.UNFORESEEN)
    if found.failed:
        return status.WRONG
    return status.DIFFERS if unexpected else status.FINE


def _derive(lab: Lab, tell: Tell) -> int:
    """Derive every claim and verify each step; the number of steps that are not verified."""
    broken, claims = 0, list(lab.claims.values())
    for i, claim in enumerate(claims):
        tell(CLAIM * (len(claims) - i), f"claims {i} of {len(claims)}")
        for step, checked in zip(claim.derived.steps, claim.check(), strict=True):
            if not checked.ok:
                broken += 1
                terminal.warn(f"claim {claim.id}: step {step.why!r} is not verified: {checked.detail}")
    return broken


def _run(
    lab: Lab, tier: str, seed: int, devices: int | None, seconds: Mapping[str, float], tell: Tell
) -> dict[str, Outcome]:
    """Every protocol's outcome, the longest first, by its name."""
    cores = devices or environment.cores()
    order = sorted(seconds, key=lambda name: -seconds[name])
    found: dict[str, Outcome] = {}
    began: dict[str, float] = {}
    with contextlib.closing(outcomes(lab, order, tier, seed, devices)) as stream:
        for news in stream:
            now = time.monotonic()
            if isinstance(news, Outcome):
                found[news.name] = news
                for line in news.warnings:
                    terminal.warn(line)
                if news.failure:
                    terminal.warn(f"protocol {news.name} failed: {news.failure}")
                continue
            for name in news:
                began.setdefault(name, now)
            running = {name: now - began[name] for name in sorted(news)}
            left = _left({n: s for n, s in seconds.items() if n not in found}, running, cores)
            tell(left, f"protocols {len(found)} of {len(order)} ({', '.join(running)})")
    return found


def _draw(lab: Lab, names: Sequence[str], tell: Tell) -> dict[str, Outcome]:
    """Draw every figure; those that failed."""
    found = {}
    for i, name in enumerate(names):
        tell(FIGURE * (len(names) - i), f"figures {i} of {len(names)}")
        try:
            redraw.draw(lab, [name])
        except Exception as error:
            found[f"figure {name}"] = failed(f"figure {name}", error)
            terminal.warn(f"figure {name} failed: {found[f'figure {name}'].failure}")
    return found


def _left(seconds: Mapping[str, float], running: Mapping[str, float], cores: int) -> float:
    """Seconds until the protocols that are left have ended: shared out evenly, and no less than the longest."""
    # one that takes longer than expected is taken to be half through
    left = [max(s - running.get(name, 0.0), running.get(name, 0.0) / 2) for name, s in seconds.items()]
    return max(sum(left) / cores, max(left, default=0.0))


@contextlib.contextmanager
def _line() -> Iterator[Tell]:
    """The one line on how far it is: redrawn on a terminal, else written now and then."""
    began = time.monotonic()
    told = began
    plain = not sys.stderr.isatty()
    with terminal.bar("reproduce", "%", 100) as show:

        def tell(left: float, what: str) -> None:
            nonlocal told
            now = time.monotonic()
            share = (now - began) / max(now - began + left, 1e-9)
            show(completed=100 * share, note=f"{duration(left)} left: {what}")
            if plain and now - told >= SPARSE:
                told = now
                terminal.say(f"{100 * share:.0f} %, {duration(left)} left: {what}")

        yield tell
