"""Whole files, on their way from a client to blobs that a row names."""
