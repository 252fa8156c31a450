"""The faults that `make mutate` puts into the code."""

from __future__ import annotations

from benchmarks.mutate import EQUIVALENT, explained
from benchmarks.mutation.faults import Fault, faults

MODULE = '''
"""What it is for."""

LIMIT: int = 3


def wait(tries: int, most: int = LIMIT) -> int | None:
    """Seconds."""
    assert tries >= 0
    if tries < most and not tries == 7:
        return min(tries * 2, most)
    raise ValueError("too many tries")
'''


def found() -> list[Fault]:
    return faults("waiting", MODULE, "waiting.py")


def test_faults_are_small_changes_of_what_the_code_does_and_not_of_what_it_says() -> None:
    assert [(one.function, one.before, one.after) for one in found()] == [
        ("", "3", "4"),
        ("", "3", "2"),
        ("wait", "tries < most and (not tries == 7)", "tries < most or not tries == 7"),
        ("wait", "tries < most", "tries <= most"),
        ("wait", "tries < most", "tries >= most"),
        ("wait", "not tries == 7", "tries == 7"),
        ("wait", "tries == 7", "tries != 7"),
        ("wait", "7", "8"),
        ("wait", "7", "6"),
        ("wait", "return min(tries * 2, most)", "return None"),
        ("wait", "min(tries * 2, most)", "max(tries * 2, most)"),
        ("wait", "tries * 2", "tries / 2"),
        ("wait", "2", "3"),
        ("wait", "2", "1"),
        ("wait", "raise ValueError('too many tries')", "pass"),
    ]


def test_each_fault_is_alone_in_its_module() -> None:
    names: dict[str, object] = {}
    exec(found()[-1].code, names)
    wait = names["wait"]
    assert callable(wait)
    assert (names["LIMIT"], wait(1), wait(2, 3), wait(9, 8)) == (3, 2, 3, None)


def test_what_runs_at_import_is_known_from_what_runs_when_it_is_called() -> None:
    assert [one.imported for one in found()] == [True, True, *[False] * (len(found()) - 2)]


def test_every_fault_that_is_called_equivalent_has_a_reason() -> None:
    assert EQUIVALENT.exists()
    assert all(reason.strip() for reason in explained().values())
