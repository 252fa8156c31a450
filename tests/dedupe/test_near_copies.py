from __future__ import annotations

import dataclasses

import pytest

from aggregator.dedupe.compare import Circumstances, Side, compare
from aggregator.dedupe.matcher import Matcher
from aggregator.dedupe.rules import DEFAULT, Rules
from aggregator.model.story import Tie
from tests.support.dedupe import BRIDGE, FERRY, LIBRARY, candidate, features, joined, match

TITLE = "Electric ferry sails to the northern islands"
WEATHER = (
    "{day} will be dry with {a} degrees on the coast and {b} inland. The wind blows from the west at {c} kilometres an "
    "hour. Look outside before you leave, and come back here for the forecast of tomorrow and the days after it."
)
PODCAST = (
    "This week we talk with a guest. Thanks to our sponsors, who keep the microphones warm. Become a friend of the show "
    "for extra episodes and a mug. Music by the house band. Leave us five stars if you like what you hear."
)


def words_changed(text: str, every: int) -> str:
    return " ".join("zebra" if n % every == every - 1 else word for n, word in enumerate(text.split()))


def test_a_copy_with_another_headline_joins() -> None:
    _, copy = match(candidate("a", TITLE, FERRY), candidate("b", "Quiet crossing", FERRY + " More soon.", hours=3))
    assert (copy.story_of, copy.tie) == ("a", Tie.NEAR_COPY)


def test_a_copy_with_one_word_in_thirty_changed_joins() -> None:
    _, copy = match(candidate("a", TITLE, FERRY), candidate("b", "Quiet crossing", words_changed(FERRY, 30), hours=3))
    assert copy.story_of == "a"


@pytest.mark.parametrize("summary_first", [True, False])
def test_a_summary_joins_its_full_text_in_either_order(summary_first: bool) -> None:
    full = candidate("full", TITLE, FERRY, hours=1.0 if summary_first else 0.0)
    lead = candidate("lead", TITLE, FERRY[:210] + "…", hours=0.0 if summary_first else 1.0)
    *_, last = match(*sorted((full, lead), key=lambda item: item.seen_at))
    assert last.tie is Tie.CONTAINED


@pytest.mark.parametrize(
    "tail",
    [
        "The post Electric ferry appeared first on Island Post.",
        "© 2026 Island Post. All rights reserved.",
        "Lees verder op onze site",
        "(Reporting by A. Person; editing by B. Person)",
    ],
)
def test_dateline_and_tail_do_not_count(tail: str) -> None:
    plain = features(TITLE, FERRY[:300])
    dressed = features(TITLE, f"HARBOUR (AP) - {FERRY[:300]} {tail}")
    assert dressed.body == plain.body


def test_typographic_quotes_and_dashes_are_no_words() -> None:
    assert features(TITLE, "It’s “done” — at last…").body == features(TITLE, 'It\'s "done" - at last...').body


def test_other_texts_join_nothing() -> None:
    found = match(candidate("a", TITLE, FERRY), candidate("b", "Bridge", BRIDGE), candidate("c", "Seeds", LIBRARY))
    assert [m.story_of for m in found] == [None, None, None]


def test_a_late_half_copy_is_a_new_article_but_a_late_full_copy_is_not() -> None:
    half = " ".join(FERRY.split()[:70] + LIBRARY.split()[:45])
    early = match(candidate("a", TITLE, FERRY), candidate("b", TITLE, half, hours=2))[1]
    late = match(candidate("a", TITLE, FERRY), candidate("b", TITLE, half, hours=20))[1]
    full = match(candidate("a", TITLE, FERRY), candidate("b", TITLE + " today", FERRY, hours=20))[1]
    assert (early.story_of, late.story_of, full.story_of) == ("a", None, "a")


def test_nothing_joins_after_the_greatest_age() -> None:
    _, copy = match(candidate("a", TITLE, FERRY), candidate("b", "Quiet crossing", FERRY + " More.", hours=73))
    assert copy.story_of is None


def test_articles_without_a_date_are_as_old_as_our_first_sight_of_them() -> None:
    _, copy = match(
        candidate("a", TITLE, FERRY, dated=False), candidate("b", "Quiet crossing", FERRY + " More.", hours=73)
    )
    assert copy.story_of is None
    _, copy = match(
        candidate("a", TITLE, FERRY, dated=False), candidate("b", "Quiet crossing", FERRY + " More.", hours=71)
    )
    assert copy.story_of == "a"


def test_the_same_bulletin_with_other_figures_joins_nothing() -> None:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday")
    found = match(
        *(
            candidate(
                str(n),
                f"Weather for {day} {n + 1} March",
                WEATHER.format(day=day, a=11 + n, b=21 + 3 * n, c=31 + 7 * n),
                source=f"paper{n % 2}",
                hours=6 * n,
            )
            for n, day in enumerate(days)
        )
    )
    assert [m.story_of for m in found] == [None] * 4


def test_the_next_episode_of_a_series_joins_nothing() -> None:
    _, second = match(
        candidate("a", "Episode 70: tides", PODCAST, source="north"),
        candidate("b", "Episode 71: bread", PODCAST, source="south", hours=9),
    )
    assert second.story_of is None


def test_a_correction_of_a_figure_in_the_title_is_not_merged_away() -> None:
    _, correction = match(
        candidate("a", "Flood kills 41 in delta", FERRY, source="paper"),
        candidate("b", "CORRECTED: Flood kills 14 in delta", FERRY, source="paper", hours=2),
    )
    assert correction.story_of is None


def test_one_template_about_two_companies_joins_nothing() -> None:
    text = "{} said it would sell debentures with a term of ten years to private investors and use the money to {}"
    one = text.format(
        "Atari", "repay older loans that fall due this year, after a good quarter in most of its markets."
    )
    two = text.format(
        "Thermo", "build a plant for turbines near its seat, and to buy back shares when prices allow it."
    )
    _, other = match(candidate("a", "Atari to sell debentures", one), candidate("b", "Thermo to sell debentures", two))
    assert other.story_of is None


def test_a_source_may_repeat_its_own_title_for_another_text() -> None:
    _, second = match(
        candidate("a", "Letters to the editor", FERRY, source="paper"),
        candidate("b", "Letters to the editor", BRIDGE, source="paper", hours=2),
    )
    assert second.story_of is None


def test_a_rubric_at_two_sources_joins_nothing() -> None:
    _, second = match(candidate("a", "Letters to the editor", FERRY), candidate("b", "Letters to the editor", BRIDGE))
    assert second.story_of is None


def test_paywall_stubs_of_one_source_are_its_boilerplate() -> None:
    stub = (
        "Take out a subscription to read on. Four weeks for one coin, after that the usual price. Complete access on all "
        "your devices. Cancel whenever you want. Are you a subscriber already? Then log in here."
    )
    titles = ("Mayor defends bridge", "Harbour wall leaks", "Choir wins prize", "Orchard in bloom", "Quarry sold")
    found = match(*(candidate(str(n), title, stub, source="wall", hours=n) for n, title in enumerate(titles)))
    assert [m.story_of for m in found] == [None] * 5


def test_a_round_up_mentions_stories_and_joins_none() -> None:
    leads = [FERRY[:330], BRIDGE[:330], LIBRARY[:330]]
    *_, digest = match(
        candidate("a", TITLE, leads[0]),
        candidate("b", "Railway bridge closed", leads[1]),
        candidate("c", "Library lends seeds", leads[2]),
        candidate("d", "Morning briefing", " ".join(leads), hours=2, roundup=True),
    )
    assert digest.story_of is None


def test_a_round_up_names_the_stories_that_it_mentions() -> None:
    *_, digest = match(
        candidate("a", "Ferry sails on batteries", FERRY[:160]),
        candidate("b", "Railway bridge closed", BRIDGE[:160]),
        candidate("c", "The ferry, the bridge", FERRY[:160] + " " + BRIDGE[:160], hours=2),
    )
    assert (digest.story_of, set(digest.mentions)) == (None, {"a", "b"})


@pytest.mark.parametrize("sources", ["abbb", "aaab"])
def test_what_a_source_repeats_in_all_its_articles_ties_them_to_nobody(sources: str) -> None:
    platform = (
        "You read this page on the common platform of our papers, where comments are open until midnight and every reader "
        "may correct our reporters. Give us a call when your paper has not arrived before breakfast on a working day."
    )
    batch = [
        candidate(str(n), f"Platform {word}", f"{platform} {word} matters", source=source, hours=n)
        for n, (source, word) in enumerate(zip(sources, ("tides", "bread", "rails", "bats"), strict=True))
    ]
    lenient = Rules(subject_containment=0.0, swap_containment=0.0, long_body=0)
    assert {m.story_of for m in Matcher(lenient).match(batch)} == {None}
    unaware = dataclasses.replace(lenient, boilerplate_holders=999)
    assert {m.story_of for m in Matcher(unaware).match(batch)} != {None}


def test_texts_in_scripts_without_spaces_are_compared_too() -> None:
    text = "新しいフェリーが木曜日の朝に初めて北の島々へ出航した。電池で動く船は夜の間に岸壁で充電される。通勤客の意見は分かれている。"
    _, copy, other = match(
        candidate("a", "電気フェリー出航", text),
        candidate("b", "島へ静かな船", text + "続報を待つ。", hours=2),
        candidate(
            "c",
            "図書館が種を貸す",
            "市立図書館は来週から種を貸し出す。豆やトマトの種が古い目録の引き出しに入っている。",
            hours=2,
        ),
    )
    assert (copy.story_of, other.story_of) == ("a", None)


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("UPDATE 1-Ferry sails", "Ferry sails"),
        ("Breaking: Ferry sails", "Ferry sails"),
        ("Ferry sails | Island Post", "Ferry sails"),
        ("Ferry sails - Island Post", "Ferry sails"),
        ("Ferry sails - and turns back after an hour", "Ferry sails - and turns back after an hour"),
        ("Update on ferries", "Update on ferries"),
    ],
)
def test_titles_lose_what_says_nothing(title: str, form: str) -> None:
    assert features(title, FERRY).title == form


def test_the_comparison_is_symmetric() -> None:
    texts = [FERRY, FERRY[:200], words_changed(FERRY, 6), BRIDGE, FERRY + BRIDGE]
    sides = [Side(features(f"Ferry sails {n}" if n % 2 else TITLE, text)) for n, text in enumerate(texts)]
    case = Circumstances(hours=2.0, same_source=False)
    for a in sides:
        for b in sides:
            assert compare(a, b, case, DEFAULT) == compare(b, a, case, DEFAULT)


def test_a_threshold_can_be_changed() -> None:
    strict = dataclasses.replace(DEFAULT, max_age=1.0, version=2)
    batch = [candidate("a", TITLE, FERRY), candidate("b", "Quiet crossing", FERRY + " More.", hours=2)]
    assert joined(Matcher(strict).match(batch)) == {"a": None, "b": None}
    assert Matcher(Rules(version=3)).match(batch)[1].edges[0].version == 3


NOTICE = (
    "The council will discuss the matter of {a} in its next meeting and hear three experts. Whoever wants to speak may put "
    "down a name at the desk until {b} o'clock. The room holds {c} people, the gallery {d} more. Minutes are published "
    "after {e} days, and may be read in the reading room by everybody who asks for them with patience."
)


def verdict(one: tuple[str, str], other: tuple[str, str]) -> Tie | None:
    found = compare(Side(features(*one)), Side(features(*other)), Circumstances(hours=1.0, same_source=False), DEFAULT)
    return found.tie if found else None


def test_other_figures_in_one_wording_are_another_report() -> None:
    text = NOTICE.format(a="parking", b=12, c=80, d=25, e=14)
    other = NOTICE.format(a="parking", b=15, c=70, d=31, e=14)
    assert verdict(("Council meets", text), ("Council meets", text.replace("patience", "joy"))) is Tie.NEAR_COPY
    assert verdict(("Council meets", text), ("Council meets", other)) is None


def test_a_swapped_name_in_the_title_is_another_report() -> None:
    text, other = FERRY[:500], words_changed(FERRY[:500], 14)
    assert verdict(("Moodys rates bonds higher", text), ("Fitch rates bonds higher", other)) is None
    assert verdict(("Moodys rates bonds higher", text), ("Moodys rates bonds higher", other)) is Tie.NEAR_COPY


def test_half_of_a_long_text_outweighs_a_word_of_the_title() -> None:
    text = f"{FERRY} {BRIDGE}"
    assert (
        verdict(("Moodys rates bonds higher", text), ("Fitch rates bonds higher", words_changed(text, 14)))
        is Tie.NEAR_COPY
    )


def test_another_subject_in_title_and_text_is_another_report() -> None:
    wanted = "Wanted: do you want to work as {} in a team that laughs a lot? We offer thirty days off, a bicycle and lunch at a long "
    wanted += (
        "table. Send us a letter and your papers before the end of the month, and tell us when you could begin to work."
    )
    one, other = ("Welder wanted", wanted.format("welder")), ("Midwife wanted", wanted.format("midwife"))
    assert verdict(one, other) is None
    assert verdict(one, ("Welder wanted now", wanted.format("welder") + " Soon.")) is Tie.NEAR_COPY


def test_a_short_text_that_never_mentions_its_title_is_a_stub() -> None:
    stub = (
        "Take out a subscription to read on. Four weeks for one coin, after that the usual price, on all your devices."
    )
    assert verdict(("Mayor defends bridge", stub), ("Choir wins prize", stub)) is None
    assert verdict(("Your subscription", stub), ("One coin for four weeks", stub)) is Tie.NEAR_COPY


def test_alike_titles_over_texts_that_share_nothing_are_two_reports() -> None:
    one = "The second edition slows our garden with a careful plan"
    other = "Our garden lends the second edition with a careful plan"
    text = (
        "The council slows the ferry and lends a bicycle. A careful plan second to none told our garden about the "
        "edition with winter paper, because the printer fell ill and nobody came."
    )
    another = (
        "Nobody lends the printer a ferry, and winter slows the bicycle. Ill paper told the council about a second "
        "plan, because our careful garden fell with the edition and came to none."
    )
    assert verdict((one, text), (other, another)) is None
    assert verdict((one, text), (one, another)) is Tie.SAME_TITLE
