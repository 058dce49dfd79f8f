"""Sends attempts over HTTP, several at once, and judges the answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import httpx

from tests.fuzz.attempts import Attempt
from tests.fuzz.corpus import Corpus
from tests.fuzz.outcome import Outcome
from tests.fuzz.target import Target

AT_ONCE = 8
PATIENCE_S = 60.0
LOOK_EVERY = 200
LEARNT_FROM = 30_000
"""Bytes of an answer: what is longer is not searched for names."""


class HttpCampaign:
    """`draw` makes an attempt; `on_sent` hears of each."""

    def __init__(
        self, target: Target, draw: Callable[[], Attempt], corpus: Corpus, on_sent: Callable[[], None]
    ) -> None:
        self._target, self._draw, self._corpus, self._on_sent = target, draw, corpus, on_sent
        self.outcome = Outcome()

    async def run(self, count: int) -> Outcome:
        """Send that many."""
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(timeout=PATIENCE_S, limits=limits, trust_env=False) as http:
            await asyncio.gather(*(self._send_all(http, count) for _ in range(AT_ONCE)))
        return self.outcome

    async def _send_all(self, http: httpx.AsyncClient, count: int) -> None:
        outcome = self.outcome
        while outcome.sent < count and not outcome.is_hopeless:
            outcome.sent += 1
            if outcome.sent % LOOK_EVERY == 0:
                outcome.memory_mb.append(self._target.memory_mb())
            await self._send(http, self._draw())
            self._on_sent()

    async def _send(self, http: httpx.AsyncClient, attempt: Attempt) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in attempt.headers.items()]
        began_s = time.perf_counter()
        try:
            answer = await http.request(attempt.method, attempt.url, content=attempt.content, headers=headers)
        except httpx.InvalidURL:
            return
        except (httpx.HTTPError, OSError) as error:
            self._lost(attempt, error)
            return
        self.outcome.timed(time.perf_counter() - began_s, attempt)
        self._judge(attempt, answer)

    def _lost(self, attempt: Attempt, error: Exception) -> None:
        self.outcome.answers[type(error).__name__] += 1
        self.outcome.found("no answer" if self._target.is_alive() else "the server is gone", attempt, repr(error))

    def _judge(self, attempt: Attempt, answer: httpx.Response) -> None:
        self.outcome.answers[str(answer.status_code)] += 1
        text = answer.content
        if answer.status_code >= 500:
            self.outcome.found(f"status {answer.status_code}", attempt, text)
        elif b'"INTERNAL' in text or b"Traceback (most" in text:
            self.outcome.found("an error that nobody expected", attempt, text)
        elif len(text) < LEARNT_FROM and "json" in answer.headers.get("content-type", ""):
            self._corpus.learn(json.loads(text) if text else None)
