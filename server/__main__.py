"""`busbar` and `python -m server`: the same commands."""

from server.cli.group import busbar


def main() -> None:
    """Run the command line."""
    busbar(prog_name="busbar")


if __name__ == "__main__":
    main()
