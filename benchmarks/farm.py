"""The main job on a farm of generated feeds, in the form that an outside harness of pollers asks for.

python -m benchmarks farm contestant FOLDER     write FOLDER/ours.json: how the harness runs this program
python -m benchmarks farm config IN OUT         turn the farm's config.json into a config.toml
python -m benchmarks farm links < rows.json     one link per line from `articles list --json`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HEAD = """[site]
title = "Farm"
base_url = "http://127.0.0.1:8080"
tag_authority = "farm.example,2026-01-01"
[storage]
url = "sqlite:///data/aggregator.db"
[fetch]
allow_networks = ["127.0.0.0/8"]
host_gap = 0
min_interval = 0
default_interval = 0
unconditional_interval = 0
max_interval = "1s"
[feeds]
include = []
"""


def config(source: Path, target: Path) -> None:
    """A configuration with the farm's feeds and topics."""
    data: dict[str, Any] = json.loads(source.read_text("utf-8"))
    parts = [HEAD]
    parts += [
        f'[[source]]\nid = "feed-{feed["id"]}"\nurl = {json.dumps(feed["url"])}\nlanguage = "{feed["lang"]}"\n'
        for feed in data["feeds"]
    ]
    parts += [_topic(topic) for topic in _topics(data)]
    target.write_text("\n".join(parts), "utf-8")


def _topics(data: dict[str, Any]) -> list[dict[str, Any]]:
    topics = data["topics"]
    if isinstance(topics, dict):
        return [
            {"name": name, **(spec if isinstance(spec, dict) else {"feeds": spec})} for name, spec in topics.items()
        ]
    return list(topics)


def _topic(topic: dict[str, Any]) -> str:
    feeds = ", ".join(f'"feed-{number}"' for number in topic["feeds"])
    slug = f"about-{topic['name']}"  # "health" alone is reserved
    return f'[[topic]]\nslug = "{slug}"\ntitle = "{slug}"\nlimit = {topic.get("limit", 50)}\nsources = [{feeds}]\n'


def links() -> None:
    """The links of the rows on stdin."""
    for row in json.load(sys.stdin):
        if row["url"]:
            print(row["url"])


def contestant(folder: Path) -> None:
    """How a harness runs this program: commands with the names that it fills in."""
    python = sys.executable
    program = f"{Path(python).parent}/aggregator"
    here = f"{python} -m benchmarks farm"
    described = {
        "name": "ours",
        "note": "aggregator run --once: poll, match, select and publish in one command",
        "setup": [f"PYTHONPATH={Path(__file__).parent.parent} {here} config {{config}} {{work}}/config.toml"],
        "poll": f"{program} run --once --json --config config.toml",
        "publish": "",
        "rows": f"{program} articles list --stories --json --config config.toml"
        f" | PYTHONPATH={Path(__file__).parent.parent} {here} links",
        "published": "{work}/output/*/feed.atom",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ours.json").write_text(json.dumps(described, indent=1), "utf-8")


def main() -> int:
    match sys.argv[1:]:
        case ["config", source, target]:
            config(Path(source), Path(target))
        case ["links"]:
            links()
        case ["contestant", folder]:
            contestant(Path(folder))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
