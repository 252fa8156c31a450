from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.load import load as load_with
from aggregator.errors import ConfigurationError
from aggregator.model.config import Config
from aggregator.model.source import Republish, Secret
from aggregator.model.topic import Order
from aggregator.parse.opml import read_opml


def load(path: Path) -> Config:
    return load_with(path, read_opml)


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_toml", ".toml").replace("_opml", ".opml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (root / "feeds").mkdir(exist_ok=True)
    return root / "config.toml"


def faults(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    return [str(fault).removeprefix(f"{path.parent}/") for fault in caught.value.faults]


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path, config_toml=""))
    assert config.storage.url == "sqlite:///data/aggregator.db"
    assert config.fetch.min_interval == 3600
    assert config.sources == ()
    assert config.output.folder == tmp_path / "output"


def test_durations_sizes_and_days_are_read_in_words(tmp_path: Path) -> None:
    config = load(
        write(
            tmp_path,
            config_toml='[fetch]\nmin_interval = "90m"\nmax_interval = "2d"\nhost_gap = "1.5s"\nmax_body = "2 MiB"\n'
            '[[topic]]\nslug = "a"\ntitle = "A"\nwindow = "2w"\norder = "score"\npolicy = "link"\n',
        )
    )
    assert (config.fetch.min_interval, config.fetch.max_interval, config.fetch.host_gap) == (5400, 172_800, 1.5)
    assert config.fetch.max_body == 2 * 2**20
    assert config.topics[0].window_days == 14
    assert config.topics[0].order is Order.SCORE
    assert config.topics[0].policy is Republish.LINK


def test_sources_and_topics_of_included_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        config_toml='[[source]]\nid = "main"\nurl = "https://a.example/feed"\n',
        feeds__b_toml='[[source]]\nid = "second"\nurl = "https://b.example/feed"\n',
        feeds__a_toml='[[source]]\nurl = "https://www.c.example/News/rss.xml"\n',
    )
    assert [source.id for source in load(path).sources] == ["main", "c-example-news-rss", "second"]


def test_sources_of_opml_files_carry_their_folders_as_tags_and_duplicates_are_read_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        config_toml='[[source]]\nid = "known"\nurl = "https://a.example/feed"\n',
        feeds__x_opml='<opml version="2.0"><body><outline text="Sky"><outline type="rss" text="A" '
        'xmlUrl="https://a.example/feed"/><outline type="rss" text="B" xmlUrl="https://b.example/feed"/></outline>'
        "</body></opml>",
    )
    sources = load(path).sources
    assert [(source.id, source.url) for source in sources] == [
        ("known", "https://a.example/feed"),
        ("b-example-feed", "https://b.example/feed"),
    ]
    assert sources[1].tags == ("Sky",)
    assert sources[1].title == "B"


def test_all_faults_of_all_files_are_reported_at_once_with_their_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        config_toml='[site]\ntitel = "x"\nbase_url = "ftp://x"\n\n[fetch]\nmin_interval = "soon"\n',
        feeds__a_toml='[[source]]\nid = "a"\nurl = "https://a.example"\nlanguage = "dutch"\n\n[[sorce]]\n',
    )
    assert faults(path) == [
        "config.toml:2: site.titel: expected a known key; did you mean 'title'?",
        """config.toml:3: site.base_url: expected an absolute http(s) url without query, such as \
"https://feeds.example.org\"""",
        'config.toml:6: fetch.min_interval: expected a duration such as "90s", "60m", "12h" or "7d"',
        'feeds/a.toml:4: source[0].language: expected a BCP 47 language tag such as "nl", "pt-BR" or "zh-Hant"',
        "feeds/a.toml:6: sorce: expected a known key; did you mean 'source'?",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a = ", "config.toml:1: toml: expected TOML: Invalid value"),
        ('[[topic]]\nslug = "admin"\ntitle = "x"', "config.toml:2: topic[0].slug: expected another slug"),
        ('[[topic]]\nslug = "A b"\ntitle = "x"', "config.toml:2: topic[0].slug: expected a slug"),
        ('[[topic]]\nslug = "a"', "config.toml:1: topic[0].title: expected this key"),
        (
            '[[topic]]\nslug = "a"\ntitle = "x"\n[[topic]]\nslug = "a"\ntitle = "y"',
            "config.toml:5: topic[1].slug: expected another slug: 'a' is declared twice",
        ),
        (
            '[[topic]]\nslug = "a"\ntitle = "x"\nsources = ["nobody"]',
            "config.toml:4: topic[0].sources: expected a source, and 'nobody' is none",
        ),
        (
            '[[topic]]\nslug = "a"\ntitle = "x"\ntopics = ["b"]\n[[topic]]\nslug = "b"\ntitle = "y"\ntopics = ["a"]',
            "config.toml:4: topic[0].topics: expected no circle",
        ),
        (
            '[[source]]\nid = "a"\nurl = "https://x.example"\n[[source]]\nid = "a"\nurl = "https://y.example"',
            "config.toml:5: source[1].id: expected another id: 'a' is declared in",
        ),
        (
            '[[source]]\nid = "a"\nurl = "https://x.example"\n[[source]]\nid = "b"\nurl = "https://x.example"',
            "config.toml:6: source[1].url: expected another url: source 'a' has it already",
        ),
        ('[[source]]\nurl = "../secret.xml"', "config.toml:2: source[0].url: expected an http(s) url or a path below"),
        ('[[source]]\nurl = "/etc/passwd"', "config.toml:2: source[0].url: expected an http(s) url or a path below"),
        ('[[source]]\nurl = "file:///etc/passwd"', "config.toml:2: source[0].url: expected an http(s) url"),
        (
            '[[source]]\nurl = "https://x.example"\nbearer = "s3cret"',
            "config.toml:3: source[0].bearer: expected a reference to the secret",
        ),
        (
            '[[source]]\nurl = "https://x.example"\n[source.headers]\nAuthorization = "x"',
            "config.toml:3: source[0].headers: expected no credentials in headers",
        ),
        ('[fetch]\nallow_networks = ["home"]', "config.toml:2: fetch.allow_networks: expected networks such as"),
        (
            '[fetch]\nmin_interval = "2d"',
            "config.toml:1: fetch: expected min_interval to be no longer than max_interval",
        ),
        ('[storage]\nurl = "mysql://x"', 'config.toml:2: storage.url: expected "sqlite:///path"'),
        ('[policy]\ndefault = "everything"', "config.toml:2: policy.default: expected 'full', 'excerpt', 'link' or"),
        ('[serve]\nport = "http"', "config.toml:2: serve.port: expected"),
        (
            '[[digest]]\nname="d"\ntitle="D"\ntopics=["x"]\nperiod="hourly"',
            'config.toml:5: digest[0].period: expected "da',
        ),
        ('[site]\ntag_authority = "example.org"', "config.toml:2: site.tag_authority: expected a domain and a date"),
    ],
)
def test_each_fault_is_one_sentence_that_names_place_key_and_expectation(tmp_path: Path, text: str, fault: str) -> None:
    found = faults(write(tmp_path, config_toml=text))
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_a_missing_file_a_folder_and_a_file_in_another_encoding_are_faults(tmp_path: Path) -> None:
    assert faults(tmp_path / "config.toml") == [
        "config.toml:1: file: expected the file to exist; `aggregator init` makes a fresh one"
    ]
    (tmp_path / "config.toml").mkdir()
    assert faults(tmp_path / "config.toml") == ["config.toml:1: file: expected a file, not a folder"]
    (tmp_path / "other.toml").write_bytes(b"title = '\xe9'")
    assert faults(tmp_path / "other.toml") == ["other.toml:1: file: expected UTF-8, but byte 9 is something else"]


def test_secrets_are_references(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        config_toml='[[source]]\nid = "a"\nurl = "https://a.example"\nusername = "me"\npassword = { env = "A_PASSWORD" }\n'
        'proxy = { file = "proxy.txt" }\n',
    )
    source = load(path).sources[0]
    assert source.password == Secret(env="A_PASSWORD")
    assert source.proxy == Secret(file="proxy.txt")


def test_the_revision_changes_with_the_declarations_and_with_nothing_else(tmp_path: Path) -> None:
    text = '[[source]]\nid = "a"\nurl = "https://a.example"\n'
    first = load(write(tmp_path / "one", config_toml=text)).revision
    assert load(write(tmp_path / "two", config_toml="# a comment\n" + text)).revision == first
    assert load(write(tmp_path / "one", config_toml=text + 'title = "A"\n')).revision != first


def test_lists_of_words_are_read_from_their_files(tmp_path: Path) -> None:
    path = write(tmp_path, config_toml='[lists]\nplaces = "feeds/places.txt"\n')
    (tmp_path / "feeds" / "places.txt").write_text("# towns\nPort Elder\n\n Harlingen \n", "utf-8")
    assert load(path).lists == (("places", ("Port Elder", "Harlingen")),)


def test_a_list_without_its_file_is_a_fault(tmp_path: Path) -> None:
    found = faults(write(tmp_path, config_toml='[lists]\nplaces = "nowhere.txt"\n'))
    assert found[0].startswith("config.toml:2: lists.places: expected a readable file of words")
