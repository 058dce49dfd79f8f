"""What each machine does to the material: one pure page for each stage, every formula with unit, range and source."""
