"""How much of an article may be republished, by which rule, on what evidence.

In this order: the licence of the item, a written permission of its source, the licence of its source, the operator's
policy for the source, the topic's, the site's. Only verified facts decide. A statement that grants nothing ("all rights
reserved", "personal use only", or non-commercial use for a commercial site) is no licence for us: it does not outrank a written
permission, and without one it allows an excerpt or a link at most, whatever a policy says. An agency's text inside a
source's feed is never covered by that source's licence, and by its permission only where that names the agency.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from aggregator.curate.terms import normalise
from aggregator.model.article import Article
from aggregator.model.attribution import Image
from aggregator.model.config import PolicySettings
from aggregator.model.edition import Site
from aggregator.model.licence import Evidence, Licence, Origin, Term
from aggregator.model.source import Permission, Republish, Source, SourceRole
from aggregator.model.topic import ImagePolicy, PolicyVerdict, Topic

_levelled = lru_cache(maxsize=20_000)(normalise)
"""The same few names stand in thousands of articles."""
_ORDER = (Republish.FULL, Republish.EXCERPT, Republish.LINK, Republish.REFUSE)
_SOURCE_WIDE = frozenset({Origin.FEED, Origin.OPERATOR})
RIGHTS_MANAGED = frozenset(
    normalise(name)
    for name in (
        "AAP", "AFP", "Agence France-Presse", "Agencia EFE", "AGERPRES", "Alamy", "ANP", "ANSA", "AP", "APA",
        "Associated Press", "Belga", "Bloomberg", "Canadian Press", "CTK", "ČTK", "dpa", "dpa-AFX", "EFE", "EPA",
        "Getty", "Getty Images", "Interfax", "ITAR-TASS", "Keystone", "Keystone-SDA", "Kyodo", "Kyodo News", "LaPresse",
        "Lusa", "MTI", "NTB", "NurPhoto", "PA", "PA Media", "PAP", "Press Association", "Reuters", "Ritzau", "SDA",
        "Shutterstock", "SID", "STT", "TASS", "TT", "UPI", "Xinhua", "ZUMA", "ZUMA Press",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Facts:
    article: Article
    source: Source | None
    topic: Topic
    site: Site
    defaults: PolicySettings
    today: date
    stated: Licence | None


def stricter(one: Republish, other: Republish) -> Republish:
    """Whichever allows less."""
    return max(one, other, key=_ORDER.index)


def verdict(
    article: Article,
    source: Source | None,
    topic: Topic,
    *,
    site: Site,
    defaults: PolicySettings,
    today: date,
    stated: Licence | None = None,
) -> PolicyVerdict:
    """The verdict for an article in a topic; `stated` is the licence that the operator knows for the source."""
    facts = _Facts(article, source, topic, site, defaults, today, stated)
    found = (
        _by_item_licence(facts) or _by_permission(facts) or _by_source_licence(facts) or _by_statement_or_policy(facts)
    )
    return _with_length(_capped(found, topic), topic, defaults)


def _by_item_licence(facts: _Facts) -> PolicyVerdict | None:
    licence = _item_licence(facts)
    if licence is None or not _grants(licence, facts.site):
        return None
    return _by_licence(licence, "item-licence", "the article")


def _by_source_licence(facts: _Facts) -> PolicyVerdict | None:
    if _foreign_agency(facts) or _item_licence(facts):
        return None
    licence = next(iter(_source_licences(facts)), None)
    if licence is None or not _grants(licence, facts.site):
        return None
    return _by_licence(licence, "source-licence", "its source")


def _item_licence(facts: _Facts) -> Licence | None:
    """The verified licence or statement of the article itself, not one inherited from its feed."""
    own = facts.article.attribution.licence
    return own if own is not None and _decides(own) and _origin(own) not in _SOURCE_WIDE else None


def _grants(licence: Licence, site: Site) -> bool:
    """Whether the licence allows this site to republish."""
    return licence.open and not (site.commercial and Term.NON_COMMERCIAL in licence.terms)


def _source_licences(facts: _Facts) -> tuple[Licence, ...]:
    attribution = facts.article.attribution
    own = attribution.licence
    inherited = own if own is not None and _origin(own) in _SOURCE_WIDE else None
    stated = (facts.stated, inherited, attribution.publisher.licence)
    return tuple(licence for licence in stated if licence and _decides(licence))


def _origin(licence: Licence) -> Origin | None:
    return licence.evidence.origin if licence.evidence else None


def _decides(licence: Licence) -> bool:
    return licence.known and licence.verified


def _by_licence(licence: Licence, rule: str, whose: str) -> PolicyVerdict:
    unchanged = Term.NO_DERIVATIVES in licence.terms
    name = licence.name or licence.id
    return PolicyVerdict(
        policy=Republish.FULL,
        rule=rule,
        reason=f"The licence of {whose}, {name}, allows republishing{' unchanged' if unchanged else ''}.",
        evidence=(licence.evidence,) if licence.evidence else (),
        no_derivatives=unchanged,
        share_alike=Term.SHARE_ALIKE in licence.terms,
    )


def _by_permission(facts: _Facts) -> PolicyVerdict | None:
    permission = facts.source.permission if facts.source else None
    if permission is None or _expired(permission, facts.today) or _excluded(permission, facts):
        return None
    since = f" of {permission.granted.isoformat()}" if permission.granted else ""
    return PolicyVerdict(
        policy=permission.policy,
        rule="permission",
        reason=f"The source gave a written permission{since}: {permission.policy}.",
        evidence=(_permission_evidence(permission),),
    )


def _permission_evidence(permission: Permission) -> Evidence:
    return Evidence(fact="permission", origin=Origin.OPERATOR, locator="source.permission", text=permission.text)


def _expired(permission: Permission, today: date) -> bool:
    """Also true of one that does not hold yet."""
    ended = permission.expires is not None and permission.expires < today
    return ended or (permission.granted is not None and permission.granted > today)


def _excluded(permission: Permission, facts: _Facts) -> str | None:
    """The name in the article's bylines or rights that the permission does not cover."""
    said = _said(facts.article)
    for name in permission.excludes:
        if _levelled(name).strip() and _levelled(name) in said:
            return name
    agency = _foreign_agency(facts)
    return agency if agency and _levelled(agency) not in _levelled(permission.text) else None


def _said(article: Article) -> str:
    """Everyone who stands as a maker or holder of the text, levelled."""
    attribution = article.attribution
    people = (*attribution.authors, *attribution.contributors)
    names = [*attribution.agencies, attribution.rights or ""]
    names += [name for person in people for name in (person.name, person.affiliation or "")]
    if attribution.licence and attribution.licence.holder:
        names.append(attribution.licence.holder)
    return " | ".join(_levelled(name) for name in names)


def _foreign_agency(facts: _Facts) -> str | None:
    """A rights-managed agency that the article names and that is not the source itself."""
    if facts.source and facts.source.role is SourceRole.AGENCY:
        return None
    publisher = _levelled(facts.article.attribution.publisher.title)
    people = facts.article.attribution.authors
    named = [*facts.article.attribution.agencies, *(person.affiliation or "" for person in people)]
    named += [person.name for person in people]
    for name in named:
        if _levelled(name) in RIGHTS_MANAGED and _levelled(name) not in publisher:
            return name
    return None


def _by_statement_or_policy(facts: _Facts) -> PolicyVerdict:
    policy, rule, reason = _fallback(facts)
    notes = _notes(facts)
    if agency := _foreign_agency(facts):
        return _limited(Republish.EXCERPT, policy, "agency", f"{agency} manages the rights in this text.", ())
    closed = _closed_statement(facts)
    if closed is None:
        return PolicyVerdict(policy=policy, rule=rule, reason=f"{reason}{notes}")
    licence, rule = closed
    most = Republish.LINK if Term.PERSONAL_USE in licence.terms else Republish.EXCERPT
    evidence = (licence.evidence,) if licence.evidence else ()
    return _limited(most, policy, rule, f"{_closed_reason(licence, rule)}{notes}", evidence)


def _closed_statement(facts: _Facts) -> tuple[Licence, str] | None:
    """The statement that grants this site nothing, and the rule it stands for."""
    if own := _item_licence(facts):
        return own, "item-licence"
    closed = next(iter(_source_licences(facts)), None)
    return (closed, "source-licence") if closed else None


def _closed_reason(licence: Licence, rule: str) -> str:
    whose = "the article" if rule == "item-licence" else "its source"
    name = licence.name or licence.raw or licence.id
    if licence.open:
        return f"The licence of {whose}, {name}, is for non-commercial use, and this site is commercial."
    return f"The statement of {whose}, {name}, grants no republishing."


def _limited(
    most: Republish, policy: Republish, rule: str, reason: str, evidence: tuple[Evidence, ...]
) -> PolicyVerdict:
    return PolicyVerdict(policy=stricter(most, policy), rule=rule, reason=reason, evidence=evidence)


def _fallback(facts: _Facts) -> tuple[Republish, str, str]:
    """What the operator wants where neither licence nor permission says."""
    if facts.source and facts.source.policy:
        return facts.source.policy, "source-policy", f"The operator's policy for this source is {facts.source.policy}."
    if facts.topic.policy:
        return facts.topic.policy, "topic-policy", f"The topic's policy is {facts.topic.policy}."
    return facts.defaults.default, "default", f"No licence is known; the site's default is {facts.defaults.default}."


def _notes(facts: _Facts) -> str:
    """What nearly decided."""
    permission = facts.source.permission if facts.source else None
    own = facts.article.attribution.licence
    notes = ""
    if permission and _expired(permission, facts.today):
        notes += " The source's permission does not hold today."
    elif permission and (name := _excluded(permission, facts)):
        notes += f" The source's permission does not cover {name}."
    if own is not None and own.known and not own.verified:
        notes += f" The licence {own.name or own.id} is unverified and decides nothing."
    return notes


def _capped(found: PolicyVerdict, topic: Topic) -> PolicyVerdict:
    policy = stricter(found.policy, topic.max_policy)
    if policy is found.policy:
        return found
    reason = f"{found.reason} This topic republishes no more than {topic.max_policy}."
    if found.no_derivatives and policy is Republish.EXCERPT:
        policy = Republish.LINK
        reason = f"{reason} An excerpt is not the unchanged work, so the link alone remains."
    return replace(found, policy=policy, rule="capped", reason=reason)


def _with_length(found: PolicyVerdict, topic: Topic, defaults: PolicySettings) -> PolicyVerdict:
    if found.policy is not Republish.EXCERPT:
        return found
    return replace(found, excerpt_words=topic.excerpt_words or defaults.excerpt_words)


def image_allowed(image: Image, images: ImagePolicy, verdict: PolicyVerdict, site: Site) -> bool:
    """Whether an image may be shown: where the text is an excerpt, only by its own licence."""
    if images is ImagePolicy.DROP or image.rights_managed or _agency_credit(image):
        return False
    if verdict.policy in (Republish.LINK, Republish.REFUSE):
        return False
    if images is ImagePolicy.LICENSED or verdict.policy is Republish.EXCERPT:
        return _image_licensed(image, site)
    return True


def _image_licensed(image: Image, site: Site) -> bool:
    licence = image.licence
    return licence is not None and _decides(licence) and _grants(licence, site)


_CREDIT_PARTS = re.compile(r"[/|,;()]")


def _agency_credit(image: Image) -> bool:
    named = (image.source_name or "", image.creator or "")
    return any(_levelled(part) in RIGHTS_MANAGED for name in named for part in _CREDIT_PARTS.split(name))
