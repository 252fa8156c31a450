"""Base articles: invented events told in sentences of our own, so that no two of them are alike by accident."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

_ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
)
_VOWELS = ("a", "e", "i", "o", "u", "aa", "ee", "oo", "ie", "ou")
_CODAS = ("l", "m", "n", "r", "s", "t", "k", "nd", "rk", "st", "x")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Language:
    """What sentences are made of."""

    nouns: tuple[str, ...]
    groups: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]
    times: tuple[str, ...]
    sentences: tuple[str, ...]
    titles: tuple[str, ...]
    fillers: tuple[str, ...]
    """Words an editor adds without changing the sense."""


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", " ").split("|") if part.strip())


ENGLISH = Language(
    nouns=_list(
        """harbour wall|tram line|drinking water plant|orchard|archive|grain silo|ice rink|lock gate|wind park|school roof
        |night market|dialect dictionary|chess tournament|salt marsh|cable ferry|town clock|quarry|seed bank|film studio
        |bicycle bridge|observatory|fish auction|heat network|peat bog|radio mast|theatre curtain|botanical garden
        |rescue boat|printing works|parking garage|swimming pool|lighthouse|cheese market|satellite dish|stone circle
        |weather balloon|glass factory|footpath|toll road|clinic|data centre|reservoir|youth orchestra|slaughterhouse"""
    ),
    groups=_list(
        """council|fishermen|parents|geologists|the insurer|volunteers|the province|students|the auditors|pensioners
        |the contractor|neighbours|biologists|the water board|shopkeepers|the opposition|nurses|the union|engineers
        |tenants|the trustees|farmers|the ombudsman|drivers|historians|the prosecutor|climbers|the choir"""
    ),
    verbs=_list(
        """reopen|sell|insulate|flood|measure|demolish|lease|electrify|rename|survey|dredge|subsidise|close|restore|move
        |inspect|digitise|fence off|double|privatise|repaint|excavate|guard|relocate|postpone|film|rewire|empty"""
    ),
    adjectives=_list(
        """unexpected|costly|disputed|leaking|temporary|long-awaited|popular|rusty|experimental|overdue|half-finished
        |underground|listed|seasonal|unsafe|record-breaking|modest|noisy|privately owned|unmapped|frozen|shared"""
    ),
    times=_list(
        """before the winter|within six weeks|after a closed meeting|on the second attempt|since the spring tides
        |during the school holidays|at the end of a long night|for the fourth year running|as soon as the frost is over
        |in the course of next autumn|while the paint was still wet|a day earlier than announced|in spite of the rain"""
    ),
    sentences=_list(
        """The {adjective} {noun} near {place} will {verb} its doors to {group} {time}, said {name}.
        |{name}, who has led the work for {number} years, called the {noun} {adjective} and the budget of {money} a joke.
        |{group} in {place} want to {verb} the {noun} {time}, but {other} refuse to pay for another {adjective} season.
        |According to a report of {number} pages, {other} knew of the {adjective} {noun} long before {group} complained.
        |About {number} people gathered at the {noun}, where {name} read out a letter from {place}.
        |The plan to {verb} the {noun} costs {money}, of which {other} have promised less than half.
        |Nobody in {place} remembers when the {noun} was last {adjective}, and {group} no longer ask.
        |"We did not come here to {verb} a {noun}," {name} said, "we came because {other} would not listen."
        |Since then {group} have met {number} times {time}, mostly in the canteen of the {noun}.
        |A spokesman for {org} denied that the {adjective} {noun} had anything to do with the delay in {place}.
        |{org} bought the {noun} for {money} and hopes to {verb} it {time}.
        |Experts from {place} compared the {noun} with a {adjective} {second} and found {number} differences.
        |If {other} agree, work on the {second} can begin {time}; otherwise {group} will go to court.
        |{name} lost the vote by {number} to {small}, with {group} walking out over the {adjective} {second}.
        |The road from {place} to the {noun} stays closed, so that {group} have to row or walk.
        |In a drawer of the {second} somebody found {number} photographs of the {adjective} {noun} from before the war.
        |{org} expects {number} visitors at the {noun} this season, a third of them from {place}.
        |For {name} the matter is simple: whoever wants to {verb} the {second} must ask {group} first.
        |Insurance will not cover the {noun}, because {other} left the {second} open {time}.
        |On the quay of {place} one sees little of it, apart from a {adjective} {second} under a tarpaulin.
        |The inspection, which took {number} hours, left {group} with a list of {small} defects at the {noun}.
        |Only {small} of the {number} seats in the {second} were taken when {name} explained how to {verb} a {noun}.
        |{group} and {other} have agreed to share the {adjective} {second} until {org} finds a buyer.
        |Whether the {noun} can be saved will be known {time}, when the divers from {place} return."""
    ),
    titles=_list(
        """{place} to {verb} its {adjective} {noun}|{org} sells {noun} in {place} for {money}
        |{group} of {place} refuse to {verb} {noun}|{name} quits over {adjective} {noun}
        |How {place} lost its {noun}|{adjective} {noun} divides {place}|{name} wins fight for {noun} near {place}"""
    ),
    fillers=_list("also|still|meanwhile|now|just|again|reportedly|largely|perhaps|even"),
)
DUTCH = Language(
    nouns=_list(
        """havenmuur|tramlijn|zuivering|boomgaard|graansilo|ijsbaan|sluisdeur|windmolen|schooldak|avondmarkt|schaaktoernooi
        |kwelder|kabelpont|torenklok|groeve|zaadbank|fietsbrug|sterrenwacht|visafslag|warmtenet|veenmoeras|zendmast
        |reddingboot|drukkerij|zwembad|vuurtoren|kaasmarkt|steenfabriek|voetpad|tolweg|huisartsenpost|stuwmeer"""
    ),
    groups=_list(
        """de raad|vissers|ouders|geologen|de verzekeraar|vrijwilligers|de provincie|studenten|de rekenkamer|ouderen
        |de aannemer|buurtbewoners|biologen|het waterschap|winkeliers|de oppositie|verpleegkundigen|de vakbond|huurders"""
    ),
    verbs=_list(
        """heropenen|verkopen|isoleren|opmeten|slopen|verhuren|hernoemen|uitbaggeren|sluiten|herstellen|verplaatsen
        |keuren|afzetten|verdubbelen|overschilderen|opgraven|bewaken|uitstellen|verfilmen|leegpompen"""
    ),
    adjectives=_list(
        """onverwachte|dure|omstreden|lekkende|tijdelijke|langverwachte|geliefde|roestige|achterstallige|half voltooide
        |ondergrondse|onveilige|bescheiden|lawaaiige|bevroren|gedeelde|verlaten|verzakte"""
    ),
    times=_list(
        """voor de winter|binnen zes weken|na een besloten vergadering|bij de tweede poging|sinds het springtij
        |tijdens de schoolvakantie|aan het eind van een lange nacht|voor het vierde jaar op rij|zodra de vorst voorbij is"""
    ),
    sentences=_list(
        """De {adjective} {noun} bij {place} gaat {time} open voor {group}, aldus {name}.
        |{name}, die het werk al {number} jaar leidt, noemt het bedrag van {money} een grap.
        |Volgens een rapport van {number} bladzijden wist {org} allang van de {adjective} {noun}.
        |Ongeveer {number} mensen kwamen naar de {noun}, waar {name} een brief uit {place} voorlas.
        |Het plan om de {noun} te {verb} kost {money}, waarvan {other} nog niet de helft hebben toegezegd.
        |Niemand in {place} weet nog wanneer de {adjective} {second} voor het laatst is gebruikt.
        |"Wij kwamen niet om een {noun} te {verb}," zei {name}, "maar omdat {other} niet luisterden."
        |Een woordvoerder van {org} ontkent dat de {noun} iets met de vertraging in {place} te maken heeft.
        |{org} kocht de {second} voor {money} en hoopt die {time} te {verb}.
        |Als {other} akkoord gaan, kan het werk aan de {second} {time} beginnen; anders stappen {group} naar de rechter.
        |De weg van {place} naar de {noun} blijft dicht, zodat {group} moeten roeien of lopen.
        |In een la van de {second} vond iemand {number} foto's van de {adjective} {noun} van voor de oorlog.
        |De keuring duurde {number} uur en leverde {group} een lijst met {small} gebreken aan de {noun} op.
        |{group} en {other} delen de {adjective} {second} totdat {org} een koper vindt.
        |Of de {noun} te redden is blijkt {time}, wanneer de duikers uit {place} terug zijn.
        |Slechts {small} van de {number} stoelen waren bezet toen {name} uitlegde hoe je een {second} kunt {verb}."""
    ),
    titles=_list(
        """{place} wil {adjective} {noun} {verb}|{org} verkoopt {noun} in {place} voor {money}
        |{name} stapt op om {adjective} {noun}|Hoe {place} zijn {noun} verloor|{adjective} {noun} verdeelt {place}"""
    ),
    fillers=_list("ook|nog|intussen|nu|net|weer|naar verluidt|grotendeels|misschien|zelfs"),
)
LANGUAGES = {"en": ENGLISH, "nl": DUTCH}


@dataclass(frozen=True, slots=True)
class Article:
    """A title and the sentences of a text."""

    title: str
    sentences: tuple[str, ...]
    language: str

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def invent(random: Random) -> str:
    """A name that nobody bears."""
    word = "".join(random.choice(_ONSETS) + random.choice(_VOWELS) for _ in range(random.choice((1, 2, 2))))
    return (word + random.choice(_CODAS)).capitalize()


def article(random: Random) -> Article:
    """An article of 6 to 26 sentences about one event: its names, places and things come back in it."""
    code = random.choices(("en", "nl"), (4, 1))[0]
    language = LANGUAGES[code]
    people = [f"{invent(random)} {invent(random)}" for _ in range(3)]
    places, orgs = [invent(random) for _ in range(3)], [f"{invent(random)} Groep", invent(random)]
    nouns, groups = random.sample(language.nouns, 4), random.sample(language.groups, 4)

    def fill(template: str) -> str:
        values = {
            "name": random.choice(people),
            "place": random.choice(places),
            "org": random.choice(orgs),
            "noun": random.choice(nouns[:2]),
            "second": random.choice(nouns[2:]),
            "group": random.choice(groups[:2]),
            "other": random.choice(groups[2:]),
            "verb": random.choice(language.verbs),
            "adjective": random.choice(language.adjectives),
            "time": random.choice(language.times),
            "number": str(random.randint(11, 980)),
            "small": str(random.randint(2, 9)),
            "money": f"{random.randint(2, 90)}.{random.randint(1, 9)} million",
        }
        text = _SLOT.sub(lambda slot: values[slot[1]], template)
        return text[:1].upper() + text[1:]

    count = min(len(language.sentences), random.choice((6, 8, 10, 13, 16, 20)))
    sentences = tuple(fill(template) for template in random.sample(language.sentences, count))
    return Article(fill(random.choice(language.titles)), sentences, code)


def title_of(base: Article, random: Random) -> str:
    """Another headline for the same article, from its own words."""
    words = [word for word in re.findall(r"\w+", base.sentences[0]) if len(word) > 4]
    opening = random.choice(("Why", "Explained:", "In pictures:", "Five things:", "How"))
    return f"{opening} {' '.join(random.sample(words, min(4, len(words))))}"
