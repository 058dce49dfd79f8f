"""A panel's file with nothing wrong in it."""

WELL_FORMED = """\
panel_config:
  serial_number: sp-1
  total_tabs: 8
  main_size: 100
circuit_templates:
  light:
    energy_profile: {mode: consumer, power_range: [5, 50], typical_power: 25, power_variation: 0.1}
    relay_behavior: controllable
    priority: MUST_HAVE
circuits:
  - {id: lamp, name: Lamp, template: light, tabs: [1]}
"""
