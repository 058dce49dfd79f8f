"""The nouns of busbar (panel, cells, plant) and the clients that fetch them."""
