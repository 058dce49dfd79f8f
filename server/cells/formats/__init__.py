"""Other people's files: read into our columns in bounded memory, and written from them.

Positive current discharges with us and with Ionworks, and charges in BDF and at most cyclers. It is turned here, once
on the way in and once on the way out, and nowhere else.
"""
