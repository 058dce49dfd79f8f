"""Content-Security-Policy: what a page of ours may load, and from where."""

from __future__ import annotations


def policy(*, scripts: str, styles: str, images: str) -> str:
    """Nothing but what is named: no frame around it, no form out of it, no other host to talk to."""
    allowed = {
        "default-src": "'none'",
        "script-src": scripts,
        "style-src": styles,
        "img-src": images,
        # GraphiQL's fonts lie inside its own stylesheet.
        "font-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())
