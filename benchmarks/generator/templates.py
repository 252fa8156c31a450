"""Recurring reports that look alike and must never be joined: each family gives one item per issue and source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from benchmarks.generator.prose import invent

Made = tuple[str, str, str]
"""Source, title, HTML."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weather(n: int, r: Random) -> Made:
    day = _DAYS[n % 7]
    return (
        f"weather{n % 3}",
        f"Weather for {day} {n % 28 + 1} March",
        (
            f"<p>{day} will be {r.choice(('dry', 'wet', 'grey', 'windy'))} with {r.randint(2, 29)} degrees on the coast and "
            f"{r.randint(2, 29)} inland. The wind blows from the {r.choice(('north', 'south', 'west'))} at {r.randint(5, 60)} "
            "kilometres an hour. Look outside before you leave, and come back here for the forecast of tomorrow.</p>"
        ),
    )


def crossword(n: int, _: Random) -> Made:
    return (
        "puzzles",
        f"Crossword number {4100 + n}",
        (
            "<p>Solve our crossword on paper or on the screen. Subscribers find the solutions of the whole archive, and may "
            "compare their times with those of other readers at the end of the week.</p>"
        ),
    )


def score(n: int, r: Random) -> Made:
    home, away, a, b = invent(r), invent(r), r.randint(0, 5), r.randint(0, 5)
    return (
        f"sport{n % 2}",
        f"{home} {a}-{b} {away}: the match in short",
        (
            f"<p>{home} and {away} parted at {a}-{b} in front of {r.randint(900, 40000)} spectators. The coach was content with "
            f"the effort and is looking ahead to the next match. {invent(r)} scored in minute {r.randint(1, 90)}.</p>"
        ),
    )


def quake(n: int, r: Random) -> Made:
    size, place = f"{r.randint(30, 69) / 10}", invent(r)
    return (
        f"seismo{n % 2}",
        f"M {size} - {r.randint(4, 160)} km W of {place}",
        (
            f"<dl><dt>Depth</dt><dd>{r.randint(2, 90)} km</dd><dt>Position</dt><dd>{r.randint(0, 89)}.{r.randint(100, 999)}, "
            f"{r.randint(0, 179)}.{r.randint(100, 999)}</dd></dl><p>No damage has been reported so far. Did you feel it? Tell "
            "us what you noticed with the form on our pages.</p>"
        ),
    )


def job(n: int, r: Random) -> Made:
    role = r.choice(("Welder", "Archivist", "Network engineer", "Pastry cook", "Surveyor", "Midwife"))
    return (
        f"jobs{n % 2}",
        f"{role} at {invent(r)} ({invent(r)})",
        (
            f"<p>Do you want to work as {role.lower()} in a team that laughs a lot?</p><p>We offer a permanent contract, thirty "
            "days off, a bicycle and lunch at a long table. Send us a letter and your papers before the end of the month.</p>"
        ),
    )


def release(n: int, r: Random) -> Made:
    name = ("tinyq", "mosslib", "ferrous", "kelp", "lintel", "quarto", "sextant")[n % 7]
    return (
        f"code-{name}",
        f"{name} v1.{n // 7}.0",
        (
            f"<h2>Changes</h2><ul><li>Mend the reader for odd input (#{r.randint(100, 9999)})</li><li>Raise a dependency from "
            f"{r.randint(1, 9)}.{r.randint(0, 9)} to {r.randint(1, 9)}.{r.randint(0, 9)}</li></ul><p>Thanks to everybody who "
            "helped with this release. The archive and its signature are attached below.</p>"
        ),
    )


def advisory(n: int, r: Random) -> Made:
    product = r.choice(("Gallery", "Shop", "Calendar", "Forum", "Poll", "Map"))
    return (
        f"security{n % 2}",
        f"CVE-2026-{10000 + r.randint(0, 80000)}: {product} plugin",
        (
            f"<p>The {product} plugin lets strangers store scripts by way of the '{r.choice(('title', 'id', 'note'))}' field in "
            f"all versions up to {r.randint(1, 9)}.{r.randint(0, 20)}, because it does not clean what is sent to it. Whoever is "
            "logged in as author can so act as an administrator. Bring the plugin up to date or switch it off.</p>"
        ),
    )


def market(n: int, r: Random) -> Made:
    return (
        f"market{n % 2}",
        f"Exchange closes {r.choice(('up', 'down'))} {r.randint(0, 3)}.{r.randint(0, 9)}% on {_DAYS[n % 7]}",
        (
            f"<p>The index ended at {r.randint(400, 900)}.{r.randint(10, 99)} points, {r.randint(1, 30)}.{r.randint(0, 9)} more or "
            f"less than the day before. A barrel of oil cost {r.randint(40, 120)}.{r.randint(10, 99)} and an ounce of gold "
            f"{r.randint(1500, 4000)}. Traders spoke of a calm day with little volume.</p>"
        ),
    )


def links(n: int, r: Random) -> Made:
    words = [invent(r) for _ in range(4)]
    return (
        "linklist",
        f"Show: {' '.join(words)}",
        (
            f'<p>Article: <a href="https://{words[0].lower()}.example/{n}">link</a></p><p>Comments: <a '
            f'href="https://linklist.example/{n}">link</a></p><p>Points: {r.randint(1, 400)}</p><p># Comments: {r.randint(0, 99)}</p>'
        ),
    )


def horoscope(n: int, r: Random) -> Made:
    sign = ("Aries", "Taurus", "Gemini", "Leo", "Libra")[n % 5]
    advice = r.sample(("An old friend calls.", "Mind your purse.", "Travel may wait.", "Say yes for once.", "Rest."), 3)
    return (
        "stars",
        f"{sign}: your {_DAYS[n % 7]}",
        (
            f"<p>{sign}, the day in the stars. {' '.join(advice)} Your number is {r.randint(1, 99)}. Read how well you go "
            "together with your neighbours, and ask our readers of cards for advice at any hour.</p>"
        ),
    )


def lottery(n: int, r: Random) -> Made:
    numbers = ", ".join(map(str, sorted(r.sample(range(1, 60), 6))))
    return (
        f"lottery{n % 2}",
        f"Lottery draw of {_DAYS[n % 7]} {n % 28 + 1} March",
        (
            f"<p>The numbers drawn on {_DAYS[n % 7]} are {numbers}. The bonus ball is {r.randint(1, 59)}. In the pot for the next "
            f"draw are {r.randint(2, 40)} million. Tickets are on sale until an hour before the draw. Play with measure.</p>"
        ),
    )


def podcast(n: int, r: Random) -> Made:
    subject = r.choice(("tides", "bread", "rails", "bats", "glass", "maps", "sleep", "yeast"))
    return (
        f"podcast{n % 3}",
        f"Episode {70 + n}: {subject} with {invent(r)}",
        (
            f"<p>This week we talk with a guest about {subject}. Thanks to our sponsors, who keep the microphones warm. Become "
            "a friend of the show for extra episodes and a mug. Music by the house band. Leave us five stars if you like what "
            "you hear, and tell your aunt about us. Our rules for your data were changed in spring.</p>"
        ),
    )


def paywall(n: int, r: Random) -> Made:
    words = [invent(r) for _ in range(3)]
    return (
        f"wall{n % 2}",
        f"{words[0]} defends {words[1]} against {words[2]}",
        (
            "<p>Take out a subscription to read on. Four weeks for one coin, after that the usual price. Complete access on all "
            "your devices. Cancel whenever you want. Are you a subscriber already? Then log in here.</p>"
        ),
    )


def thread(n: int, r: Random) -> Made:
    return (
        "blog",
        f"Open thread {210 + n}",
        (
            "<p>This is the weekly open thread. Ask what you like, tell what you made, and be kind. There is a chat room too, "
            f"with fewer rules. Comment of the week is by {invent(r)}.</p>"
        ),
    )


def recall(n: int, r: Random) -> Made:
    product = r.choice(("frozen peas", "rye bread", "smoked cheese", "baby wipes", "night lights"))
    return (
        f"safety{n % 2}",
        f"{invent(r)} recalls {product}, lot {r.randint(1000, 9999)}",
        (
            f"<p>The maker calls back lot {r.randint(1000, 9999)} of its {product} as a precaution. Whoever bought some may bring "
            "it back to the shop and will be paid in full. Nobody has fallen ill as far as is known. Questions are answered by "
            "telephone on working days.</p>"
        ),
    )


FAMILIES: Mapping[str, Callable[[int, Random], Made]] = {
    maker.__name__: maker
    for maker in (
        weather, crossword, score, quake, job, release, advisory, market, links, horoscope, lottery, podcast, paywall,
        thread, recall,
    )
}  # fmt: skip


def roundup(n: int, random: Random, leads: list[tuple[str, str]]) -> Made:
    """A digest of stories that are items of their own."""
    parts = "".join(f"<h3>{title}</h3><p>{lead}</p>" for title, lead in leads)
    title = random.choice(("Morning briefing", "Five stories you may have missed", "The evening in short"))
    return f"letter{n % 4}", f"{title} {n}", f"<p>Good to have you here. This is what matters today.</p>{parts}"
