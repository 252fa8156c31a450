"""Read the whole configuration and say everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import ConfigurationError, Fault
from aggregator.pipeline.configuration import load_configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What the configuration declares, or why it cannot be used."""

    faults: tuple[Fault, ...] = ()
    sources: int = 0
    topics: int = 0
    digests: int = 0
    revision: str = ""


def check_configuration(path: Path) -> CheckReport:
    """All faults at once; never raises for what stands in the files."""
    try:
        config = load_configuration(path)
    except ConfigurationError as error:
        return CheckReport(faults=error.faults)
    return CheckReport(
        sources=len(config.sources),
        topics=len(config.topics),
        digests=len(config.digests),
        revision=config.revision,
    )
