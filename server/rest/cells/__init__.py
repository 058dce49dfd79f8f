"""The lab over HTTP as the published `ionworks-api` clients speak it, releases 0.2.0 and 0.38.0 at once.

Where the two differ, an answer holds what either looks for. Errors are `{error_code, message, detail}` throughout.
"""
