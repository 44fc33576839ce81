"""What came of a run, for people to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.faults.growth import Sample, table
from tests.faults.oracle import Violation


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a run.

    Args:
        seed: from which it was drawn.
        turns: how many messages were said.
        violations: what did not hold.
        happened: how often each fault happened.
        platform_faults: how many of them were the platforms'.
        retries: how often a person had to press Retry.
        seconds: how long it took.
        story: what was done when, for people to read.
        samples: what grew, where that was watched.
        calls: what the bots called, one line each.
        logs: the bots' logs.
    """

    seed: int
    turns: int
    violations: list[Violation]
    happened: Counter[str]
    platform_faults: int
    retries: int
    seconds: float
    story: list[str]
    samples: list[Sample]
    calls: list[str]
    logs: list[str]

    def report(self) -> str:
        """All that helps to find out what went wrong."""
        head = (
            f"seed {self.seed}: {self.turns} turns in {self.seconds:.0f} s, "
            f"{self.platform_faults} faults of the platforms, {self.retries} retries, "
            f"{len(self.violations)} violations"
        )
        return "\n".join(
            [
                head,
                *(f"  {count:5} x {name}" for name, count in sorted(self.happened.items())),
                *(f"  VIOLATION {each}" for each in self.violations[:40]),
                *([table(self.samples)] if self.samples else []),
            ]
        )

    def keep(self, directory: Path) -> None:
        """Write down all that helps to find out what went wrong.

        Args:
            directory: where; it is made.
        """
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "report.txt").write_text(self.report())
        (directory / "story.txt").write_text("\n".join(self.story))
        (directory / "calls.txt").write_text("\n".join(self.calls))
        for number, log in enumerate(self.logs):
            (directory / f"bot{number}.log").write_text(log)
