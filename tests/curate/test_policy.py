"""How much may be republished, row by row, and which images."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from aggregator.curate.policy import image_allowed, stricter, verdict
from aggregator.model.attribution import Image, Person, Publisher
from aggregator.model.config import PolicySettings
from aggregator.model.edition import Site
from aggregator.model.ids import SourceId, TopicSlug
from aggregator.model.licence import Licence, Origin, Term
from aggregator.model.source import Permission, Republish, Source, SourceRole
from aggregator.model.topic import ImagePolicy, PolicyVerdict, Topic
from tests.support.articles import article, licence

FULL, EXCERPT, LINK, REFUSE = Republish.FULL, Republish.EXCERPT, Republish.LINK, Republish.REFUSE
TODAY = date(2026, 5, 20)
FEED, TEXT, OPERATOR, INFERRED = Origin.FEED, Origin.TEXT, Origin.OPERATOR, Origin.INFERRED
SHOP = Site(title="S", base_url="https://s.example", tag_authority="s.example,2026-01-01", commercial=True)
CLUB = replace(SHOP, commercial=False)

BY = licence("CC-BY-4.0", Term.ATTRIBUTION)
SA = licence("CC-BY-SA-4.0", Term.ATTRIBUTION, Term.SHARE_ALIKE)
ND = licence("CC-BY-ND-4.0", Term.ATTRIBUTION, Term.NO_DERIVATIVES)
NC = licence("CC-BY-NC-4.0", Term.ATTRIBUTION, Term.NON_COMMERCIAL)
NC_ND = licence("CC-BY-NC-ND-4.0", Term.NON_COMMERCIAL, Term.NO_DERIVATIVES)
ZERO = licence("CC0-1.0")
OGL = licence("OGL-UK-3.0", Term.ATTRIBUTION)
CLOSED = licence("all-rights-reserved", Term.NO_REUSE)
PERSONAL = licence("personal-use", Term.PERSONAL_USE)
UNSURE = licence("CC-BY-4.0", Term.ATTRIBUTION, confidence=0.5, origin=TEXT)
GUESSED = licence("CC-BY-4.0", Term.ATTRIBUTION, confidence=0.79, origin=INFERRED)
UNKNOWN = licence("unknown", known=False)
UNSURE_CLOSED = licence("all-rights-reserved", Term.NO_REUSE, confidence=0.3)
NO_EVIDENCE = replace(BY, evidence=None)


def of_feed(known: Licence) -> Licence:
    assert known.evidence is not None
    return replace(known, evidence=replace(known.evidence, origin=FEED))


GRANT = Permission(text="You may use our articles.", granted=date(2026, 1, 1))
GRANT_EXCERPT = replace(GRANT, policy=EXCERPT)
GRANT_BUT = replace(GRANT, excludes=("Reuters", "Jane Doe"))
OVER = replace(GRANT, expires=date(2026, 5, 19))
LAST_DAY = replace(GRANT, expires=TODAY)
TO_COME = replace(GRANT, granted=date(2026, 6, 1))
WITH_DPA = replace(GRANT, text="Including the texts of dpa.")

# What is known -> policy, rule. Keys: item, feed (inherited licence), publisher, stated, permission, source (policy),
# topic (policy), most (max_policy), site, agency, author, role, default.
ROWS: list[tuple[dict[str, Any], Republish, str]] = [
    ({}, EXCERPT, "default"),
    ({"default": LINK}, LINK, "default"),
    ({"default": FULL}, FULL, "default"),
    ({"default": REFUSE}, REFUSE, "default"),
    ({"topic": LINK}, LINK, "topic-policy"),
    ({"topic": FULL}, FULL, "topic-policy"),
    ({"source": LINK}, LINK, "source-policy"),
    ({"source": FULL}, FULL, "source-policy"),
    ({"source": REFUSE}, REFUSE, "source-policy"),
    ({"source": FULL, "topic": LINK}, FULL, "source-policy"),
    ({"item": BY}, FULL, "item-licence"),
    ({"item": SA}, FULL, "item-licence"),
    ({"item": ZERO}, FULL, "item-licence"),
    ({"item": OGL}, FULL, "item-licence"),
    ({"item": BY, "source": LINK}, FULL, "item-licence"),
    ({"item": BY, "topic": LINK}, FULL, "item-licence"),
    ({"item": BY, "most": EXCERPT}, EXCERPT, "capped"),
    ({"item": BY, "most": LINK}, LINK, "capped"),
    ({"item": BY, "most": REFUSE}, REFUSE, "capped"),
    ({"item": ND}, FULL, "item-licence"),
    ({"item": ND, "most": EXCERPT}, LINK, "capped"),
    ({"item": ND, "most": LINK}, LINK, "capped"),
    ({"item": NC}, EXCERPT, "item-licence"),
    ({"item": NC, "site": CLUB}, FULL, "item-licence"),
    ({"item": NC_ND, "site": CLUB}, FULL, "item-licence"),
    ({"item": NC_ND, "site": CLUB, "most": EXCERPT}, LINK, "capped"),
    ({"item": NC, "default": LINK}, LINK, "item-licence"),
    ({"item": NC, "source": FULL}, EXCERPT, "item-licence"),
    ({"item": NC, "permission": GRANT}, FULL, "permission"),
    ({"item": CLOSED}, EXCERPT, "item-licence"),
    ({"item": CLOSED, "default": LINK}, LINK, "item-licence"),
    ({"item": CLOSED, "source": FULL}, EXCERPT, "item-licence"),
    ({"item": CLOSED, "source": REFUSE}, REFUSE, "item-licence"),
    ({"item": CLOSED, "topic": FULL}, EXCERPT, "item-licence"),
    ({"item": CLOSED, "stated": BY}, EXCERPT, "item-licence"),
    ({"item": CLOSED, "permission": GRANT}, FULL, "permission"),
    ({"item": PERSONAL}, LINK, "item-licence"),
    ({"item": PERSONAL, "source": FULL}, LINK, "item-licence"),
    ({"item": PERSONAL, "site": CLUB}, LINK, "item-licence"),
    ({"item": UNSURE}, EXCERPT, "default"),
    ({"item": GUESSED}, EXCERPT, "default"),
    ({"item": UNSURE, "source": FULL}, FULL, "source-policy"),
    ({"item": UNSURE_CLOSED, "source": FULL}, FULL, "source-policy"),
    ({"item": NO_EVIDENCE}, EXCERPT, "default"),
    ({"item": UNKNOWN}, EXCERPT, "default"),
    ({"item": UNKNOWN, "stated": BY}, FULL, "source-licence"),
    ({"feed": BY}, FULL, "source-licence"),
    ({"feed": CLOSED}, EXCERPT, "source-licence"),
    ({"feed": PERSONAL}, LINK, "source-licence"),
    ({"feed": NC}, EXCERPT, "source-licence"),
    ({"feed": NC, "site": CLUB}, FULL, "source-licence"),
    ({"feed": BY, "permission": GRANT_EXCERPT}, EXCERPT, "permission"),
    ({"publisher": BY}, FULL, "source-licence"),
    ({"publisher": CLOSED, "source": FULL}, EXCERPT, "source-licence"),
    ({"stated": BY}, FULL, "source-licence"),
    ({"stated": ND}, FULL, "source-licence"),
    ({"stated": ND, "most": EXCERPT}, LINK, "capped"),
    ({"stated": BY, "publisher": CLOSED}, FULL, "source-licence"),
    ({"stated": BY, "source": LINK}, FULL, "source-licence"),
    ({"item": BY, "stated": CLOSED}, FULL, "item-licence"),
    ({"permission": GRANT}, FULL, "permission"),
    ({"permission": GRANT_EXCERPT}, EXCERPT, "permission"),
    ({"permission": GRANT, "most": EXCERPT}, EXCERPT, "capped"),
    ({"permission": OVER}, EXCERPT, "default"),
    ({"permission": LAST_DAY}, FULL, "permission"),
    ({"permission": TO_COME}, EXCERPT, "default"),
    ({"permission": GRANT_BUT}, FULL, "permission"),
    ({"permission": GRANT_BUT, "agency": "Reuters"}, EXCERPT, "agency"),
    ({"permission": GRANT_BUT, "author": "Jane Doe"}, EXCERPT, "default"),
    ({"permission": GRANT_BUT, "author": "jane doe"}, EXCERPT, "default"),
    ({"permission": GRANT_BUT, "author": "Jane Roe"}, FULL, "permission"),
    ({"permission": GRANT_BUT, "rights": "© Reuters 2026"}, EXCERPT, "default"),
    ({"permission": GRANT, "item": BY}, FULL, "item-licence"),
    ({"permission": GRANT_EXCERPT, "item": BY}, FULL, "item-licence"),
    ({"permission": GRANT, "agency": "dpa"}, EXCERPT, "agency"),
    ({"permission": WITH_DPA, "agency": "dpa"}, FULL, "permission"),
    ({"agency": "Reuters"}, EXCERPT, "agency"),
    ({"agency": "Reuters", "source": FULL}, EXCERPT, "agency"),
    ({"agency": "Reuters", "source": LINK}, LINK, "agency"),
    ({"agency": "Reuters", "stated": BY}, EXCERPT, "agency"),
    ({"agency": "ANP", "feed": BY}, EXCERPT, "agency"),
    ({"agency": "Village News Agency", "feed": BY}, FULL, "source-licence"),
    ({"agency": "Reuters", "item": BY}, FULL, "item-licence"),
    ({"author": "AFP", "stated": BY}, EXCERPT, "agency"),
    ({"agency": "Reuters", "source": FULL, "role": SourceRole.AGENCY}, FULL, "source-policy"),
]


def _decide(known: dict[str, Any]) -> PolicyVerdict:
    item, feed = known.get("item"), known.get("feed")
    attribution = {
        "publisher": Publisher(title="Moonwire", licence=known.get("publisher")),
        "licence": item or (of_feed(feed) if feed else None),
        "agencies": (known["agency"],) if "agency" in known else (),
        "authors": (Person(name=known.get("author", "Ada Jansen")),),
        "rights": known.get("rights"),
    }
    source = Source(
        id=SourceId("moonwire"),
        url="https://example.org/f",
        policy=known.get("source"),
        permission=known.get("permission"),
        role=known.get("role", SourceRole.UNKNOWN),
    )
    topic = Topic(
        slug=TopicSlug("t"), title="T", policy=known.get("topic"), max_policy=known.get("most", Republish.FULL)
    )
    return verdict(
        article(text="Words.", attribution=attribution),
        source,
        topic,
        site=known.get("site", SHOP),
        defaults=PolicySettings(default=known.get("default", EXCERPT), excerpt_words=40),
        today=TODAY,
        stated=known.get("stated"),
    )


def _label(known: dict[str, Any]) -> str:
    return ", ".join(f"{key}={getattr(value, 'id', value)}"[:30] for key, value in known.items()) or "nothing"


@pytest.mark.parametrize(("known", "policy", "rule"), ROWS, ids=[_label(known) for known, _, _ in ROWS])
def test_the_policy_table(known: dict[str, Any], policy: Republish, rule: str) -> None:
    decided = _decide(known)
    assert (decided.policy, decided.rule) == (policy, rule)
    assert decided.reason.endswith(".")
    assert (decided.excerpt_words is not None) is (policy is EXCERPT)


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 60


def test_a_licence_s_evidence_and_terms_go_with_the_verdict() -> None:
    decided = _decide({"item": SA})
    assert decided.evidence == (SA.evidence,)
    assert decided.share_alike
    assert not decided.no_derivatives
    assert _decide({"item": ND}).no_derivatives


def test_a_permission_s_own_words_are_the_evidence() -> None:
    assert _decide({"permission": GRANT}).evidence[0].text == "You may use our articles."


def test_what_nearly_decided_is_said() -> None:
    assert "does not cover Jane Doe" in _decide({"permission": GRANT_BUT, "author": "Jane Doe"}).reason
    assert "does not hold today" in _decide({"permission": OVER}).reason
    assert "unverified" in _decide({"item": UNSURE}).reason


def test_without_a_source_the_defaults_hold() -> None:
    topic = Topic(slug=TopicSlug("t"), title="T", excerpt_words=25)
    decided = verdict(article(), None, topic, site=SHOP, defaults=PolicySettings(), today=TODAY)
    assert (decided.policy, decided.excerpt_words) == (EXCERPT, 25)


def test_the_stricter_of_two_policies() -> None:
    assert stricter(FULL, LINK) is LINK
    assert stricter(REFUSE, EXCERPT) is REFUSE


BARE = Image(url="https://example.org/i.jpg")
OPEN = replace(BARE, licence=BY)
IMAGE_ROWS: list[tuple[Image, ImagePolicy, Republish, Site, bool]] = [
    (BARE, ImagePolicy.LINK, FULL, SHOP, True),
    (BARE, ImagePolicy.LINK, EXCERPT, SHOP, False),
    (BARE, ImagePolicy.LINK, LINK, SHOP, False),
    (BARE, ImagePolicy.LICENSED, FULL, SHOP, False),
    (BARE, ImagePolicy.DROP, FULL, SHOP, False),
    (OPEN, ImagePolicy.LINK, EXCERPT, SHOP, True),
    (OPEN, ImagePolicy.LICENSED, FULL, SHOP, True),
    (OPEN, ImagePolicy.LINK, LINK, SHOP, False),
    (OPEN, ImagePolicy.DROP, FULL, SHOP, False),
    (replace(BARE, licence=UNSURE), ImagePolicy.LINK, EXCERPT, SHOP, False),
    (replace(BARE, licence=NC), ImagePolicy.LINK, EXCERPT, SHOP, False),
    (replace(BARE, licence=NC), ImagePolicy.LINK, EXCERPT, CLUB, True),
    (replace(BARE, licence=CLOSED), ImagePolicy.LICENSED, FULL, SHOP, False),
    (replace(OPEN, rights_managed=True), ImagePolicy.LINK, FULL, SHOP, False),
    (replace(OPEN, source_name="ANP"), ImagePolicy.LINK, FULL, SHOP, False),
    (replace(OPEN, creator="Jan Smit/Getty Images"), ImagePolicy.LICENSED, FULL, SHOP, False),
    (replace(OPEN, creator="Ap Jansen"), ImagePolicy.LICENSED, FULL, SHOP, True),
]


@pytest.mark.parametrize(("image", "images", "policy", "site", "allowed"), IMAGE_ROWS)
def test_an_image_is_shown_by_its_own_licence(
    image: Image, images: ImagePolicy, policy: Republish, site: Site, allowed: bool
) -> None:
    decided = PolicyVerdict(policy=policy, rule="default", reason="")
    assert image_allowed(image, images, decided, site) is allowed
