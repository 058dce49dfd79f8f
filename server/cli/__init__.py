"""The commands of `busbar`, one file each."""
