"""Where topics are published: public ones under their slug, private ones under a path that nobody can guess."""

from __future__ import annotations

import re
import secrets

from aggregator.model.topic import Topic
from aggregator.pipeline.instance import Instance
from aggregator.store.records import TopicToken

TOKEN_BYTES = 16
_TOKEN = re.compile(rf"[0-9a-f]{{{2 * TOKEN_BYTES}}}")


def is_token(folder: str) -> bool:
    """Whether a folder has the form of a private topic's."""
    return _TOKEN.fullmatch(folder) is not None


def path_of(instance: Instance, topic: Topic) -> str:
    """The topic's folder below the output's root; a private topic's is minted once and kept until it is revoked."""
    if not topic.private:
        return topic.slug
    with instance.store.transaction():
        kept = instance.store.tokens.of_topic(topic.slug)
        if kept:
            return kept[-1].token
        token = secrets.token_hex(TOKEN_BYTES)
        instance.store.tokens.add(TopicToken(token=token, topic=topic.slug, created=instance.clock()))
    return token


def url_of(instance: Instance, topic: Topic) -> str:
    """The topic's page, for the operator to hand on."""
    return f"{instance.site.base_url}/{path_of(instance, topic)}/"
