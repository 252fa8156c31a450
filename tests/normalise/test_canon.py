from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.normalise.canon import canonical_url

_ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("urls.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
CASES = [(group, str(json.loads(url))) for group, url in _ROWS]


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(CASES) >= 120
    assert len(set(CASES)) == len(CASES)


@pytest.mark.parametrize("group", sorted({group for group, _ in CASES} - {"none"}))
def test_all_links_of_one_article_have_one_key(group: str) -> None:
    keys = {url: canonical_url(url) for name, url in CASES if name == group}
    assert len(set(keys.values())) == 1, keys
    assert all(keys.values())


def test_two_articles_never_share_a_key() -> None:
    groups = defaultdict(set)
    for group, url in CASES:
        if group != "none":
            groups[canonical_url(url)].add(group)
    assert {key: names for key, names in groups.items() if len(names) > 1} == {}


@pytest.mark.parametrize("url", [url for group, url in CASES if group == "none"])
def test_what_is_no_web_address_has_no_key(url: str) -> None:
    assert canonical_url(url) == ""


@pytest.mark.parametrize("url", [url for _, url in CASES])
def test_the_key_of_a_key_is_itself(url: str) -> None:
    assert canonical_url(canonical_url(url)) == canonical_url(url)


@settings(deadline=None)
@given(
    st.sampled_from(["https://", "http://www.", "https://m.", "https://amp."]),
    st.sampled_from(
        ["paper.example", "bbc.co.uk", "youtube.com", "x.com", "arxiv.org", "en.m.wikipedia.org", "reddit.com"]
    ),
    st.text(alphabet="abAB12/-._~%:;é &=+", max_size=24),
    st.text(alphabet="abrefutm_=&%2+é;.", max_size=24),
    st.text(alphabet="ab!/#", max_size=4),
)
@example("https://", "paper.example", "/index.html/index.html", "", "")
@example("https://", "paper.example", "/a/amp/amp", "", "")
@example("https://", "paper.example", "/%2e%2e/a", "a=%26", "")
def test_any_address_has_a_key_that_is_stable(scheme: str, host: str, path: str, query: str, fragment: str) -> None:
    key = canonical_url(f"{scheme}{host}/{path}?{query}#{fragment}")
    assert key.startswith("https://")
    assert canonical_url(key) == key


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(canonical_url(f"http://{text}"), str)
    assert isinstance(canonical_url(text), str)
