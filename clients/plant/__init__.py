"""The battery plant: its nouns, parameters and client."""
