"""What judging keeps in the store: what a model answered, with the session it is about, and what was spent on which day."""

from hotwash.insights import queries
from hotwash.judging.model import Spending
from hotwash.store.engine import Database


class StoredLedger:
    """Spending by day; one a database, however many processes there are."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def spent(self, day: str) -> Spending:
        with self._db.read() as conn:
            row = queries.find_spending(conn, day)
        return Spending() if row is None else Spending(tokens=row["tokens"], usd=row["usd"])

    def add(self, day: str, spending: Spending) -> None:
        with self._db.write() as conn:
            queries.add_spending(conn, day, spending.tokens, spending.usd)


class StoredAnswers:
    """Answers of one model about one session. They go with the session."""

    def __init__(self, db: Database, pk: int, model: str) -> None:
        self._db = db
        self._pk = pk
        self._model = model
        self._used: set[str] = set()

    def find(self, request_id: str) -> str | None:
        self._used.add(request_id)
        with self._db.read() as conn:
            return queries.find_answer(conn, self._pk, self._model, request_id)

    def put(self, request_id: str, text: str) -> None:
        """Text that no column can hold is not kept; it was an answer all the same."""
        if "\x00" in text or not _is_encodable(text):
            return
        with self._db.write() as conn:
            queries.put_answer(conn, self._pk, self._model, request_id, text)

    def forget_others(self) -> None:
        """Deletes the answers that were not asked for through this: to a session, or a prompt, that is no more."""
        with self._db.write() as conn:
            queries.forget_other_answers(conn, self._pk, self._model, self._used)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
