"""The plant: sixteen machines on three lines, as discrete events over pure physics."""
