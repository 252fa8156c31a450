"""A resolver that answers from a table."""

from __future__ import annotations

from ipaddress import ip_address

from aggregator.net.addresses import Address
from aggregator.net.resolver import NameNotFoundError


class FakeResolver:
    """Each name has a list of answers; one is used up per look-up, the last one stays. Unknown names do not exist."""

    def __init__(self, **answers: str) -> None:
        self._answers: dict[str, list[tuple[str, ...]]] = {}
        self.asked: list[str] = []
        self.broken = False
        for name, answer in answers.items():
            self.add(name.replace("_", "."), answer)

    def add(self, name: str, *answers: str) -> None:
        """Each answer is a list of addresses with blanks between."""
        self._answers[name] = [tuple(answer.split()) for answer in answers]

    async def resolve(self, host: str) -> tuple[Address, ...]:
        self.asked.append(host)
        if self.broken:
            raise OSError("SERVFAIL")
        answers = self._answers.get(host)
        if answers is None:
            raise NameNotFoundError(host)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return tuple(ip_address(text) for text in answer)
