"""The tables, as steps from an empty file. A step that has landed is never changed.

Instants are Unix milliseconds. What could name a person is in a `sealed` column.
"""

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations

migrations = Migrations("videocall")


@migrations()
def m001_people(tables: Tables) -> None:
    """Therapists and operators, and the browsers they are signed in with."""
    tables.execute(
        """
        CREATE TABLE people (
            id TEXT PRIMARY KEY,
            role TEXT NOT NULL CHECK (role IN ('therapist', 'operator')),
            email_hash BLOB NOT NULL UNIQUE,
            sealed BLOB NOT NULL,
            zone TEXT NOT NULL,
            password TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT
        """
    )
    tables.execute(
        """
        CREATE TABLE signins (
            token_hash BLOB PRIMARY KEY,
            person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            seen_at INTEGER NOT NULL
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX signins_person ON signins (person)")


@migrations()
def m002_appointments(tables: Tables) -> None:
    """Appointments; the file itself refuses two of a therapist that overlap."""
    tables.execute(
        """
        CREATE TABLE appointments (
            id TEXT PRIMARY KEY,
            uid TEXT NOT NULL UNIQUE,
            therapist TEXT NOT NULL REFERENCES people (id),
            sealed BLOB NOT NULL,
            client_zone TEXT,
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL CHECK (end_at > start_at),
            kind TEXT NOT NULL CHECK (kind IN ('video', 'audio', 'chat')),
            state TEXT NOT NULL CHECK (state IN ('booked', 'cancelled', 'ended', 'no_show')),
            sequence INTEGER NOT NULL,
            link_generation INTEGER NOT NULL,
            link_issued_at INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            moved_from INTEGER,
            moved_at INTEGER,
            cancelled_at INTEGER,
            ended_at INTEGER
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX appointments_of ON appointments (therapist, start_at)")
    tables.execute("CREATE INDEX appointments_end ON appointments (end_at)")
    overlap = """
        SELECT RAISE(ABORT, 'overlap') FROM appointments
        WHERE therapist = new.therapist AND id != new.id AND state = 'booked'
        AND start_at < new.end_at AND new.start_at < end_at
    """
    for when in ("INSERT", "UPDATE OF start_at, end_at, state, therapist"):
        name = when.split()[0].lower()
        tables.execute(
            f"CREATE TRIGGER appointments_{name}_overlap BEFORE {when} ON appointments"
            f" WHEN new.state = 'booked' BEGIN {overlap}; END"
        )


@migrations()
def m003_decisions(tables: Tables) -> None:
    """Which visits were admitted and which declined; a visit is no secret, its cookie is signed."""
    tables.execute(
        """
        CREATE TABLE decisions (
            appointment TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
            visit TEXT NOT NULL,
            link_generation INTEGER NOT NULL,
            admitted INTEGER NOT NULL,
            decided_at INTEGER NOT NULL,
            PRIMARY KEY (appointment, visit)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m004_journal(tables: Tables) -> None:
    """Who did what, when: ids alone."""
    tables.execute(
        """
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            act TEXT NOT NULL,
            subject TEXT NOT NULL
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX journal_subject ON journal (subject)")
    tables.execute("CREATE INDEX journal_at ON journal (at)")


@migrations()
def m005_keys(tables: Tables) -> None:
    """A sealed word, to tell a wrong key from a damaged file."""
    tables.execute("CREATE TABLE seal (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT")


@migrations()
def m006_letters(tables: Tables) -> None:
    """The outbox. `next_at` is when a letter is tried next, or when a claim on it runs out."""
    tables.execute(
        """
        CREATE TABLE letters (
            id TEXT PRIMARY KEY,
            appointment TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
            kind TEXT NOT NULL
                CHECK (kind IN ('invitation', 'moved', 'new_link', 'cancelled', 'reminder')),
            sequence INTEGER NOT NULL,
            sealed BLOB NOT NULL,
            due_at INTEGER NOT NULL,
            next_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'sent', 'failed')),
            settled_at INTEGER,
            code INTEGER
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX letters_of ON letters (appointment)")
    tables.execute("CREATE INDEX letters_due ON letters (state, next_at)")


@migrations()
def m007_feeds(tables: Tables) -> None:
    """Where a therapist's calendar subscribes; the secret of the address itself is not kept."""
    tables.execute(
        """
        CREATE TABLE feeds (
            therapist TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
            secret_hash BLOB NOT NULL UNIQUE,
            made_at INTEGER NOT NULL
        ) STRICT
        """
    )


@migrations()
def m008_plans(tables: Tables) -> None:
    """A therapist's weekly hours, exceptions and rules, and the hash of her booking page's id."""
    tables.execute(
        """
        CREATE TABLE plans (
            therapist TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
            week TEXT NOT NULL,
            rules TEXT NOT NULL,
            page_hash BLOB UNIQUE,
            page_generation INTEGER NOT NULL
        ) STRICT
        """
    )
    tables.execute(
        """
        CREATE TABLE exceptions (
            therapist TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
            on_date TEXT NOT NULL,
            extra INTEGER NOT NULL,
            spans TEXT NOT NULL,
            PRIMARY KEY (therapist, on_date, extra)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m009_holds(tables: Tables) -> None:
    """Times kept while a form is filled; the file refuses what overlaps, either way round.

    Whoever writes removes what has expired first, in the same transaction.
    """
    tables.execute(
        """
        CREATE TABLE holds (
            token_hash BLOB PRIMARY KEY,
            therapist TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL CHECK (end_at > start_at),
            expires_at INTEGER NOT NULL
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX holds_of ON holds (therapist, start_at)")
    tables.execute("CREATE INDEX holds_expire ON holds (expires_at)")
    overlaps = "therapist = new.therapist AND start_at < new.end_at AND new.start_at < end_at"
    tables.execute(
        "CREATE TRIGGER holds_insert_overlap BEFORE INSERT ON holds BEGIN"
        f" SELECT RAISE(ABORT, 'overlap') FROM appointments WHERE {overlaps} AND state = 'booked';"
        f" SELECT RAISE(ABORT, 'overlap') FROM holds WHERE {overlaps};"
        " END"
    )
    for when in ("INSERT", "UPDATE OF start_at, end_at, state, therapist"):
        name = when.split()[0].lower()
        tables.execute(
            f"CREATE TRIGGER appointments_{name}_held BEFORE {when} ON appointments"
            " WHEN new.state = 'booked' BEGIN"
            f" SELECT RAISE(ABORT, 'held') FROM holds WHERE {overlaps}; END"
        )


@migrations()
def m010_series(tables: Tables) -> None:
    """Series, what a client may ask for and change, undo, and letters by SMS.

    Tables whose constraints change are made anew. The old ones are renamed first: dropping a table
    deletes its rows, and with them whatever refers to it.
    """
    for trigger in (
        "appointments_insert_overlap", "appointments_update_overlap", "appointments_insert_held",
        "appointments_update_held", "holds_insert_overlap",
    ):  # fmt: skip
        tables.execute(f"DROP TRIGGER {trigger}")
    for index in ("appointments_of", "appointments_end", "letters_of", "letters_due"):
        tables.execute(f"DROP INDEX {index}")
    for table in ("appointments", "decisions", "letters"):
        tables.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    tables.execute(
        """
        CREATE TABLE series (
            id TEXT PRIMARY KEY,
            uid TEXT NOT NULL UNIQUE,
            therapist TEXT NOT NULL REFERENCES people (id),
            link TEXT NOT NULL,
            sealed BLOB NOT NULL,
            client_zone TEXT,
            client_language TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('video', 'audio', 'chat')),
            rule TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL
        ) STRICT
        """
    )
    tables.execute(
        """
        CREATE TABLE appointments (
            id TEXT PRIMARY KEY,
            uid TEXT NOT NULL UNIQUE,
            therapist TEXT NOT NULL REFERENCES people (id),
            sealed BLOB NOT NULL,
            client_zone TEXT,
            client_language TEXT NOT NULL,
            series TEXT REFERENCES series (id),
            original TEXT,
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL CHECK (end_at > start_at),
            kind TEXT NOT NULL CHECK (kind IN ('video', 'audio', 'chat')),
            state TEXT NOT NULL
                CHECK (state IN ('tentative', 'booked', 'cancelled', 'ended', 'no_show')),
            sequence INTEGER NOT NULL,
            link TEXT NOT NULL,
            link_generation INTEGER NOT NULL,
            link_issued_at INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            changed_by TEXT NOT NULL CHECK (changed_by IN ('therapist', 'client')),
            moved_from INTEGER,
            moved_at INTEGER,
            cancelled_at INTEGER,
            ended_at INTEGER,
            late INTEGER NOT NULL
        ) STRICT
        """
    )
    tables.execute(
        """
        CREATE TABLE decisions (
            appointment TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
            visit TEXT NOT NULL,
            link_generation INTEGER NOT NULL,
            admitted INTEGER NOT NULL,
            decided_at INTEGER NOT NULL,
            PRIMARY KEY (appointment, visit)
        ) STRICT, WITHOUT ROWID
        """
    )
    tables.execute(
        """
        CREATE TABLE letters (
            id TEXT PRIMARY KEY,
            appointment TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
            series TEXT REFERENCES series (id) ON DELETE CASCADE,
            channel TEXT NOT NULL CHECK (channel IN ('mail', 'sms')),
            kind TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            sealed BLOB NOT NULL,
            due_at INTEGER NOT NULL,
            next_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'sent', 'failed')),
            settled_at INTEGER,
            code INTEGER
        ) STRICT
        """
    )
    tables.execute(
        """
        CREATE TABLE undos (
            subject TEXT PRIMARY KEY,
            sealed BLOB NOT NULL,
            made_by TEXT NOT NULL,
            made_at INTEGER NOT NULL
        ) STRICT
        """
    )
    kept = (
        "id, uid, therapist, sealed, client_zone, start_at, end_at, kind, state, sequence,"
        " link_generation, link_issued_at, created_at, moved_from, moved_at, cancelled_at, ended_at"
    )
    changed_at = (
        "max(created_at, link_issued_at, ifnull(moved_at, 0), ifnull(cancelled_at, 0),"
        " ifnull(ended_at, 0))"
    )
    tables.execute(
        f"INSERT INTO appointments ({kept}, client_language, link, changed_at, changed_by, late)"
        f" SELECT {kept}, '', id, {changed_at}, 'therapist', 0 FROM old_appointments"
    )
    tables.execute("INSERT INTO decisions SELECT * FROM old_decisions")
    kept = (
        "id, appointment, kind, sequence, sealed, due_at, next_at, attempts, state, settled_at,"
        " code"
    )
    tables.execute(f"INSERT INTO letters ({kept}, channel) SELECT {kept}, 'mail' FROM old_letters")
    for table in ("letters", "decisions", "appointments"):
        tables.execute(f"DROP TABLE old_{table}")
    for index, columns in (
        ("appointments_of", "appointments (therapist, start_at)"),
        ("appointments_end", "appointments (end_at)"),
        ("appointments_link", "appointments (link)"),
        ("appointments_series", "appointments (series)"),
        ("letters_of", "letters (appointment)"),
        ("letters_of_series", "letters (series)"),
        ("letters_due", "letters (channel, state, next_at)"),
    ):
        tables.execute(f"CREATE INDEX {index} ON {columns}")
    overlaps = "therapist = new.therapist AND start_at < new.end_at AND new.start_at < end_at"
    coming = "state IN ('booked', 'tentative')"
    for when in ("INSERT", "UPDATE OF start_at, end_at, state, therapist"):
        name = when.split()[0].lower()
        tables.execute(
            f"CREATE TRIGGER appointments_{name}_overlap BEFORE {when} ON appointments"
            f" WHEN new.{coming} BEGIN"
            f" SELECT RAISE(ABORT, 'overlap') FROM appointments WHERE {overlaps} AND {coming}"
            " AND id != new.id; END"
        )
        tables.execute(
            f"CREATE TRIGGER appointments_{name}_held BEFORE {when} ON appointments"
            f" WHEN new.{coming} BEGIN"
            f" SELECT RAISE(ABORT, 'held') FROM holds WHERE {overlaps}; END"
        )
    tables.execute(
        "CREATE TRIGGER holds_insert_overlap BEFORE INSERT ON holds BEGIN"
        f" SELECT RAISE(ABORT, 'overlap') FROM appointments WHERE {overlaps} AND {coming};"
        f" SELECT RAISE(ABORT, 'overlap') FROM holds WHERE {overlaps};"
        " END"
    )


@migrations()
def m011_integrations(tables: Tables) -> None:
    """Other programs: their tokens, answers they may ask for again, webhooks and deliveries."""
    tables.execute(
        """
        CREATE TABLE integrations (
            id TEXT PRIMARY KEY,
            name_hash BLOB NOT NULL UNIQUE,
            sealed BLOB NOT NULL,
            token_hash BLOB NOT NULL UNIQUE,
            therapist TEXT REFERENCES people (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL
        ) STRICT
        """
    )
    tables.execute(
        """
        CREATE TABLE answers (
            integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
            key_hash BLOB NOT NULL,
            asked_hash BLOB NOT NULL,
            sealed BLOB NOT NULL,
            made_at INTEGER NOT NULL,
            PRIMARY KEY (integration, key_hash)
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX answers_made ON answers (made_at)")
    tables.execute(
        """
        CREATE TABLE hooks (
            id TEXT PRIMARY KEY,
            integration TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
            sealed BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            failing_since INTEGER,
            stopped TEXT CHECK (stopped IN ('gone', 'failing'))
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX hooks_of ON hooks (integration)")
    tables.execute(
        """
        CREATE TABLE deliveries (
            id TEXT PRIMARY KEY,
            hook TEXT NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
            appointment TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
            type TEXT NOT NULL,
            body TEXT NOT NULL,
            made_at INTEGER NOT NULL,
            next_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'sent', 'failed')),
            code INTEGER
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX deliveries_due ON deliveries (state, next_at)")
    tables.execute("CREATE INDEX deliveries_hook ON deliveries (hook)")
    tables.execute("CREATE INDEX deliveries_appointment ON deliveries (appointment, type)")
    tables.execute("CREATE INDEX deliveries_made ON deliveries (made_at)")
    tables.execute("CREATE INDEX appointments_start ON appointments (start_at, created_at, id)")


@migrations()
def m012_calendars(tables: Tables) -> None:
    """A therapist's other calendars, and when they say she is busy; a file has no `next_at`."""
    tables.execute(
        """
        CREATE TABLE calendars (
            id TEXT PRIMARY KEY,
            therapist TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
            sealed BLOB NOT NULL,
            unread INTEGER NOT NULL,
            read_at INTEGER NOT NULL,
            covers_until INTEGER NOT NULL,
            next_at INTEGER,
            failures INTEGER NOT NULL DEFAULT 0,
            failing_since INTEGER,
            failure TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    tables.execute("CREATE INDEX calendars_of ON calendars (therapist)")
    tables.execute("CREATE INDEX calendars_due ON calendars (next_at)")
    tables.execute(
        """
        CREATE TABLE busy (
            calendar TEXT NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL CHECK (end_at > start_at),
            PRIMARY KEY (calendar, start_at)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m013_address_privacy(tables: Tables) -> None:
    """Who wants internet addresses kept private: a therapist always, or in one appointment."""
    for table in ("people", "appointments"):
        tables.execute(f"ALTER TABLE {table} ADD COLUMN address_privacy INTEGER NOT NULL DEFAULT 0")
