"""The plant's REST face and its socket, as `docs/plant.md` tells them."""
