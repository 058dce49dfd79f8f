"""The panel's physics: loads, sun, storage, the bus, its meters. Pure functions of time and chance."""
