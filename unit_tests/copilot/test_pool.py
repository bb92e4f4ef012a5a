"""The pool: answers in the order of the questions, no more in flight than allowed, nothing begun in vain."""

import threading
from collections.abc import Generator, Iterator
from itertools import count

import pytest

from source_usage_metrics.copilot.pool import Pool

WORKERS = 3
PATIENCE = 20


@pytest.fixture
def pool() -> Iterator[Pool]:
    """Of three threads."""
    made = Pool(WORKERS)
    yield made
    made.close()


def test_answers_come_in_the_order_of_the_questions_whichever_is_ready_first(pool: Pool) -> None:
    later_is_ready = threading.Event()

    def call(question: int) -> int:
        if question == 0:
            assert later_is_ready.wait(PATIENCE)
        if question == 4:
            later_is_ready.set()
        return question

    assert list(pool.in_order(call, range(20))) == list(range(20))


def test_as_many_calls_as_allowed_are_in_flight_and_never_more(pool: Pool) -> None:
    together, lock = threading.Barrier(WORKERS), threading.Lock()
    in_flight, most = 0, 0

    def call(question: int) -> int:
        nonlocal in_flight, most
        with lock:
            in_flight += 1
            most = max(most, in_flight)
        together.wait(PATIENCE)
        with lock:
            in_flight -= 1
        return question

    assert len(list(pool.in_order(call, range(4 * WORKERS)))) == 4 * WORKERS
    assert most == WORKERS


def test_questions_are_taken_only_a_little_ahead(pool: Pool) -> None:
    asked = count()
    answers = pool.in_order(str, asked)

    assert [next(answers) for _ in range(5)] == ["0", "1", "2", "3", "4"]
    assert next(asked) <= 5 + 2 * WORKERS


def test_a_failure_comes_at_its_turn_and_ends_the_answers(pool: Pool) -> None:
    begun: list[int] = []

    def call(question: int) -> int:
        begun.append(question)
        if question == 2:
            raise LookupError("the third")
        return question

    answers = pool.in_order(call, range(1000))

    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(LookupError, match="the third"):
        next(answers)
    assert list(answers) == []
    assert len(begun) <= 2 + 2 * WORKERS


def test_what_was_not_begun_when_a_reader_leaves_is_never_begun(pool: Pool) -> None:
    all_busy, let_go, begun = threading.Barrier(WORKERS + 1), threading.Event(), []

    def call(question: int) -> int:
        begun.append(question)
        if question:
            all_busy.wait(PATIENCE)
            assert let_go.wait(PATIENCE)
        return question

    answers = pool.in_order(call, range(1000))
    assert next(answers) == 0
    all_busy.wait(PATIENCE)
    assert isinstance(answers, Generator)
    answers.close()
    let_go.set()
    pool.close()

    assert sorted(begun) == list(range(1 + WORKERS))


def test_the_pool_serves_the_next_reader_after_one_has_failed(pool: Pool) -> None:
    with pytest.raises(ZeroDivisionError):
        list(pool.in_order(lambda question: 1 // question, [1, 0, 1, 1, 1, 1, 1, 1, 1]))

    assert list(pool.in_order(str, [1, 2])) == ["1", "2"]


def test_closing_waits_for_what_is_in_flight() -> None:
    pool, begun, let_go, done = Pool(1), threading.Event(), threading.Event(), []

    def call(question: int) -> int:
        begun.set()
        assert let_go.wait(PATIENCE)
        done.append(question)
        return question

    answers = pool.in_order(call, range(1))
    reading = threading.Thread(target=lambda: next(answers))
    reading.start()
    assert begun.wait(PATIENCE)
    threading.Timer(0.05, let_go.set).start()

    pool.close()

    assert done == [0]
    reading.join(PATIENCE)
