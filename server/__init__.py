"""The machinery: opens, keeps, runs and closes things."""
