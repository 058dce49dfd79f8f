"""`busbar export`: a measurement's samples from a running server, into a file or a pipe."""

from __future__ import annotations

from pathlib import Path

import click

from clients.errors import ClientError
from server.cells.formats.choices import Selection, Target
from server.cells.formats.errors import FormatError
from server.cli.errors import CommandError
from server.cli.import_ import DEFAULT_URL

PIPE = "-"


@click.command()
@click.argument("measurement_id")
@click.option("--to", "to", required=True, metavar="FILE|-", help="The file to write, or - for the pipe.")
@click.option(
    "--format",
    "format_",
    type=click.Choice([each.value for each in Target]),
    help="What to write.  [default: as the file's name says]",
)
@click.option("--columns", multiple=True, help="Only these, by commas or one at a time.")
@click.option("--from", "start_s", type=float, metavar="S", help="From this time of the measurement on, in seconds.")
@click.option("--to-time", "end_s", type=float, metavar="S", help="Up to, and without, this time.")
@click.option("--escape-formulas", is_flag=True, help="CSV: keep a spreadsheet from calculating text.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--url", default=DEFAULT_URL, show_default=True, help="The server.")
@click.option("--token", envvar="BUSBAR_TOKEN", show_envvar=True, help="The server's token, where it wants one.")
def export(
    measurement_id: str,
    to: str,
    format_: str | None,
    columns: tuple[str, ...],
    start_s: float | None,
    end_s: float | None,
    url: str,
    token: str | None,
    *,
    escape_formulas: bool,
    force: bool,
) -> None:
    """Write the samples of MEASUREMENT_ID.

    In BDF positive current charges; in all other formats it discharges.
    """
    target = Target(format_) if format_ else _by_name(to)
    from server.cli.exporting import Fetch  # noqa: PLC0415  # with polars, which --help can spare

    selection = Selection(columns or None, start_s, end_s, escapes_formulas=escape_formulas)
    try:
        fetch = Fetch(url, token, measurement_id, selection, target)
        if to == PIPE:
            fetch.into_pipe()
        else:
            fetch.into_file(Path(to), force=force)
    except (ClientError, FormatError, ValueError) as error:
        raise CommandError(" ".join(str(error).split())) from None
    except KeyboardInterrupt:
        raise CommandError(f"interrupted; {to} was not written") from None


def _by_name(to: str) -> Target:
    """What the file's name says. Raises UsageError."""
    name = to.lower()
    endings = {
        ".bdf.csv": Target.BDF_CSV,
        ".bdf": Target.BDF_CSV,
        ".bdf.parquet": Target.BDF_PARQUET,
        **{f".{target}": target for target in Target if not target.is_bdf},
    }
    for ending, target in endings.items():
        if name.endswith(ending):
            return target
    raise click.UsageError(f"{to} does not say what to write; give --format")
