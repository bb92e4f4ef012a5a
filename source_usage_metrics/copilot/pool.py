"""The threads in which calls are made: many in flight, answers in the order of the questions."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Pool:
    """So many threads, shared by all readers of a sync."""

    def __init__(self, workers: int) -> None:
        self._ahead = 2 * workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="ask")

    def in_order(
        self, call: Callable[[Question], Answer], questions: Iterable[Question], most_ahead: int | None = None
    ) -> Generator[Answer, None, None]:
        """`call` of each question, some ahead of what was taken; those not begun are dropped on the way out.

        Raises:
            Exception: what `call` raised, when its turn comes.
        """
        ahead: deque[Future[Answer]] = deque()
        most_ahead = most_ahead or self._ahead
        rest = iter(questions)
        try:
            while True:
                ahead.extend(self._threads.submit(call, question) for question in islice(rest, most_ahead - len(ahead)))
                if not ahead:
                    return
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()

    def close(self) -> None:
        """Let go of the threads, after what is in flight."""
        self._threads.shutdown(wait=True, cancel_futures=True)
