"""Tests of the formats that are read and written."""
