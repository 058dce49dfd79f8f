"""The panel's HTTP face: routes, exact JSON, and one write per answer."""
