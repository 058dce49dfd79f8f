"""`busbar import`: files of cyclers and of other tools, into the lab of a running server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from clients.errors import ClientError
from server.cells.formats.choices import Format, Sign
from server.cells.formats.errors import FormatError
from server.cli.errors import CommandError

DEFAULT_URL = "http://127.0.0.1:8000"


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--spec", "specification", required=True, help="The specification's name; made if there is none.")
@click.option("--instance", required=True, help="The cell's name in it; made if there is none.")
@click.option("--name", help="The measurement's name, for one file.  [default: the file's]")
@click.option(
    "--format",
    "format_",
    type=click.Choice([each.value for each in Format]),
    default="auto",
    show_default=True,
    help="The files'.",
)
@click.option("--mapping", type=click.Path(path_type=Path), help="YAML or TOML: which columns are which.")
@click.option(
    "--sign",
    type=click.Choice(["auto", *(each.value for each in Sign)]),
    default="auto",
    show_default=True,
    help="What positive current does; auto goes by the format, and by the samples where it says nothing.",
)
@click.option("--url", default=DEFAULT_URL, show_default=True, help="The server.")
@click.option("--token", envvar="BUSBAR_TOKEN", show_envvar=True, help="The server's token, where it wants one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each file.")
def import_(
    files: Sequence[Path],
    specification: str,
    instance: str,
    name: str | None,
    format_: str,
    mapping: Path | None,
    sign: str,
    url: str,
    token: str | None,
    *,
    as_json: bool,
) -> None:
    """Bring FILEs into the server's lab: BDF, Ionworks Parquet, CSV with a mapping, Neware.

    A file whose content is there already is skipped. With each that fails the others still come in; the exit code is
    2 then.
    """
    if name is not None and len(files) > 1:
        raise click.UsageError("--name is for one file; several are named after their files")
    from server.cli.importing import Given, failures  # noqa: PLC0415  # with polars, which --help can spare

    given = Given(
        files, specification, instance, name, Format(format_), mapping, None if sign == "auto" else Sign(sign)
    )
    try:
        failed = failures(given, url, token, as_json=as_json)
    except (ClientError, FormatError, ValueError) as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:
        raise CommandError("interrupted; the file that was being read is not there") from None
    if failed:
        raise CommandError(f"{failed} of {len(files)} files did not come in")
