"""Articles, saved queries and lists of words that the table of queries asks about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aggregator.model.article import Article, Enclosure
from aggregator.model.attribution import Image, Publisher
from aggregator.model.ids import SourceId
from aggregator.model.licence import Term
from aggregator.model.source import Source
from tests.support.articles import article, licence

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
MORNING = datetime(2026, 5, 20, 6, tzinfo=UTC)

SOURCES = {
    "moonwire": Source(
        id=SourceId("moonwire"), url="https://example.org/f", title="Moon Wire Daily", tags=("science", "english")
    ),
    "stadsblad": Source(id=SourceId("stadsblad"), url="https://example.net/f", tags=("local",)),
}
SAVED = {
    "space": 'moon OR "deep space"',
    "gossip": "celebrity OR royal",
    "clean": "@space NOT @gossip",
    "loop": "moon @loop",
    "broken": "autor:x",
    "stemmed": "stem:on journeys",
}
LISTS = {"planets": ("Mars", "Venus", "outer planet*"), "moons": ("Titan", '"moon rover"', ""), "empty": ()}

_MOON = article(
    "moon",
    title="Moon rover lands near the south pole",
    summary="The rover's wheels turned on lunar dust.",
    text="The rover's wheels turned on lunar dust on Tuesday. Engineers at NASA said that the deep space network had "
    "lost contact for an hour. It was a long journey through deep space.",
    authors=("Ada Jansen", "Piet de Vries"),
    categories=("Space", "Robotics"),
    language="en-GB",
    published=MORNING,
    url="https://news.example.org/2026/moon-rover",
    words=250,
    images=(Image(url="https://example.org/i.jpg"),),
    enclosures=(Enclosure(url="https://example.org/a.mp3", media_type="audio/mpeg"),),
    attribution={"licence": licence("CC-BY-4.0", Term.ATTRIBUTION)},
)
_TECH = article(
    "tech",
    title="AT&T ships C++ and .NET tools",
    text="Rock 'n' roll isn't dead: C# and F# and e-mail. A state-of-the-art website. The U.S. price is 3.5 million. "
    "ASP.NET too. O'Brien writes. AI and IT are everywhere, it said.",
)
_DUTCH = article(
    "dutch",
    title="Café Müller opent",
    text="De hortensia's bloeien, en l'eau is er helder.",
    language="nl",
    source="stadsblad",
    published=None,
    first_seen=MORNING,
    attribution={
        "publisher": Publisher(title="Stadsblad"),
        "licence": licence("all-rights-reserved", Term.NO_REUSE),
    },
)
_GERMAN = article("german", title="Mueller baut", text="Die lange Straße", language="de")
_TOKYO = article(
    "tokyo", title="東京タワーの話", text="東京都港区の東京タワーは2026年にiPhoneで撮影された。", language="ja"
)
_SEOUL = article("seoul", title="서울에서 열린 대회", text="선수들이 모였다", language="ko")
_PEKING = article("peking", title="北京大学的研究", text="研究人员说", language="zh")
_THAI = article("thai", title="ข่าวประเทศไทย", text="วันนี้", language="th")
_RUSSIAN = article("russian", title="Ёлка и йога", text="Новый год", language="ru")

ARTICLES: dict[str, Article] = {
    one.id: one
    for one in (
        _MOON,
        _TECH,
        _DUTCH,
        _GERMAN,
        _TOKYO,
        _SEOUL,
        _PEKING,
        _THAI,
        _RUSSIAN,
        replace(article("empty"), url=""),
    )
}
