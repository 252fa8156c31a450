"""``aggregator digests``: issues made to be mailed."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from aggregator.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from aggregator.cli.output import say, show_json, show_rows

app = typer.Typer(help="Digests: issues made to be mailed.", no_args_is_help=True)

COLUMNS = ("id", "period", "issues", "last", "stories", "state", "next", "recipients")
LEFT_OUT = ("rule", "topic", "title", "sentence")
DELIVERIES = ("recipient", "state", "sentence")


class Format(StrEnum):
    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    EML = "eml"


class Via(StrEnum):
    SMTP = "smtp"
    LISTMONK = "listmonk"
    BUTTONDOWN = "buttondown"


NameArgument = Annotated[str, typer.Argument(help="A digest's name.")]
IssueOption = Annotated[int | None, typer.Option("--issue", "-i", min=1, help="Its number; the last one otherwise.")]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="What to write to stdout.")]
StoredOption = Annotated[
    bool, typer.Option("--stored", help="Also what was there before the digest began: for a first issue.")
]


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """All digests, with their last issue and when the next is due."""
    from aggregator.pipeline.digests import list_digests
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        show_rows(list_digests(instance), COLUMNS, as_json=as_json, empty="No digest is declared.")


@app.command()
def preview(
    name: NameArgument,
    kind: FormatOption = Format.TEXT,
    stored: StoredOption = False,
    browser: Annotated[bool, typer.Option("--open", help="Show the mail in a browser.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """The issue that would be made now, and what it leaves out and why; nothing is kept."""
    from aggregator.pipeline.digest_formats import issue_plain, left_out_rows, written
    from aggregator.pipeline.digests import preview_digest
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        found = preview_digest(instance, name, stored=stored)
        if as_json:
            show_json({"issue": issue_plain(found.issue), "left_out": left_out_rows(found)})
            return
        _write(written(instance, found.issue, kind))
        if browser:
            _open(instance.config.root, name, written(instance, found.issue, Format.HTML))
    if kind is Format.TEXT:
        typer.echo(f"\nLeft out: {len(found.left_out)}")
        show_rows(left_out_rows(found), LEFT_OUT, as_json=False, empty="Nothing was left out.")


@app.command()
def show(
    name: NameArgument,
    issue: IssueOption = None,
    kind: FormatOption = Format.TEXT,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """A frozen issue, without what was taken down since."""
    from aggregator.pipeline.digest_formats import issue_plain, written
    from aggregator.pipeline.digests import issue_numbered
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        found = issue_numbered(instance, name, issue)
        if as_json:
            show_json(issue_plain(found))
        else:
            _write(written(instance, found, kind))


@app.command()
def freeze(
    name: Annotated[str | None, typer.Argument(help="A digest's name; none: see --due.")] = None,
    stored: StoredOption = False,
    due: Annotated[bool, typer.Option("--due", help="All digests whose time has come; nothing else.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Make an issue now, number it and publish it; it is not sent."""
    from aggregator.errors import UsageError
    from aggregator.pipeline.digests import freeze_digest, issue_row, make_due
    from aggregator.pipeline.instance import open_instance

    if (name is None) != due:
        raise UsageError("name a digest, or ask for --due")
    with open_instance(config) as instance:
        made = make_due(instance) if name is None else [freeze_digest(instance, name, stored=stored)]
        rows = [issue_row(one) for one in made]
    show_rows(rows, ("id", "number", "stories", "url"), as_json=as_json, empty="No digest was due.")


@app.command()
def send(
    name: NameArgument,
    issue: IssueOption = None,
    to: Annotated[list[str] | None, typer.Option("--to", help="An address, instead of those of the digest.")] = None,
    via: Annotated[Via, typer.Option("--via", help="By mail, or as a draft for a mailing tool.")] = Via.SMTP,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry-uncertain", help="Also where a crash hid whether a mail has left.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send a frozen issue to those who have not got it, or hand it to a mailing tool as a draft."""
    from aggregator.pipeline.digest_sending import hand_over, send_issue
    from aggregator.pipeline.instance import open_instance

    with open_instance(config) as instance:
        if via is Via.SMTP:
            rows = send_issue(instance, name, issue, tuple(to or ()), dry_run=dry_run, retry_uncertain=retry)
        else:
            rows = [hand_over(instance, name, issue, via.value, dry_run=dry_run)]
    show_rows(rows, DELIVERIES, as_json=as_json, empty="Nobody to send it to: see send_to of the digest, or --to.")
    if any(row["state"] in {"failed", "refused"} for row in rows):
        raise typer.Exit(1)


def _write(body: Any) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
    sys.stdout.flush()


def _open(root: Path, name: str, body: bytes) -> None:
    import webbrowser

    file = root / "data" / f"preview-{name}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    say(f"wrote {file}")
    webbrowser.open(file.resolve().as_uri())
