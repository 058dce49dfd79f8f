"""What each operation of the panel does: from a call to the object it answers. `emulator.routes` has the addresses."""
