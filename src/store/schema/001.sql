-- Schema version 1. Frozen: a change is a new file, 002.sql.
--
-- Columns marked "sealed" hold key id, nonce, ciphertext and tag (see seal.rs); columns marked "index" hold a
-- keyed hash of the same value, to look it up by. Times are milliseconds since 1970. A side is 0 (owner) or 1 (peer).

-- Who has a name here. A deleted login stays as a tombstone: name, row and `deleted`, nothing else.
CREATE TABLE login (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL UNIQUE,
    mail        BLOB,                         -- sealed; NULL: deleted
    mail_index  BLOB,                         -- index
    verified    INTEGER NOT NULL DEFAULT 0,
    created     INTEGER NOT NULL,
    deleted     INTEGER
) STRICT;
CREATE UNIQUE INDEX login_verified ON login (mail_index) WHERE verified = 1;

CREATE TABLE device (
    row      INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    login    INTEGER NOT NULL REFERENCES login (row),
    token    BLOB    NOT NULL UNIQUE,         -- SHA-256
    name     BLOB    NOT NULL,                -- sealed
    created  INTEGER NOT NULL,
    seen     INTEGER
) STRICT;
CREATE INDEX device_login ON device (login);

-- What lets one more device in, once. `used_by`: the token that did, so that asking again gets the same answer.
CREATE TABLE code (
    hash     BLOB    PRIMARY KEY,             -- SHA-256
    login    INTEGER NOT NULL REFERENCES login (row),
    expires  INTEGER NOT NULL,
    used_by  BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX code_login ON code (login);

-- The first database: login → latest host, when seen, state.
CREATE TABLE presence (
    login      INTEGER PRIMARY KEY REFERENCES login (row),
    host       BLOB,                          -- sealed
    named      INTEGER NOT NULL DEFAULT 0,    -- the host is a name the person set, not an address we saw
    seen       INTEGER,                       -- any authenticated request
    refreshed  INTEGER,                       -- PUT /v1/presence only
    state      INTEGER NOT NULL DEFAULT 0,    -- 0 off, 1 on, 2 online, 3 busy, 4 away
    missed     INTEGER NOT NULL DEFAULT 0     -- unanswered rings in a row
) STRICT;
CREATE INDEX presence_agents ON presence (state) WHERE state >= 2;

-- The second database: port → login, until when.
CREATE TABLE port (
    port        INTEGER PRIMARY KEY,
    login       INTEGER REFERENCES login (row), -- NULL: the login was deleted, the number rests
    until       INTEGER NOT NULL,
    current     INTEGER NOT NULL,
    not_before  INTEGER NOT NULL,
    released    INTEGER                       -- since then the number rests
) STRICT;
CREATE UNIQUE INDEX port_current ON port (login) WHERE current = 1;
CREATE INDEX port_login ON port (login);

-- Mails with a button. AUTOINCREMENT: a number in an old ticket never comes to mean another mail.
CREATE TABLE mail (
    row            INTEGER PRIMARY KEY AUTOINCREMENT,
    owner          INTEGER REFERENCES login (row), -- NULL: the server's own
    port           INTEGER NOT NULL,
    message_id     BLOB,                      -- sealed
    message_index  BLOB,                      -- index
    subject        BLOB,                      -- sealed
    into_id        TEXT,                      -- the conversation its buttons lead into
    created        INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_message ON mail (message_index) WHERE message_index IS NOT NULL;
CREATE INDEX mail_owner ON mail (owner);
CREATE INDEX mail_created ON mail (created);

CREATE TABLE recipient (
    mail     INTEGER NOT NULL REFERENCES mail (row) ON DELETE CASCADE,
    place    INTEGER NOT NULL,
    address  BLOB    NOT NULL,                -- sealed
    PRIMARY KEY (mail, place)
) STRICT, WITHOUT ROWID;

-- `mail` and `recipient` outlive the mail's row; both NULL: a pair of logins, the owner sorts first.
CREATE TABLE conversation (
    row             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT    NOT NULL UNIQUE,
    owner           INTEGER NOT NULL REFERENCES login (row),
    peer_login      INTEGER REFERENCES login (row),
    peer_guest      BLOB,                     -- SHA-256 of the guest's secret
    mail            INTEGER,
    recipient       INTEGER,
    first           INTEGER NOT NULL,
    last            INTEGER NOT NULL DEFAULT 0,
    touched         INTEGER NOT NULL,         -- made, or the last line
    owner_received  INTEGER NOT NULL DEFAULT 0,
    owner_read      INTEGER NOT NULL DEFAULT 0,
    peer_received   INTEGER NOT NULL DEFAULT 0,
    peer_read       INTEGER NOT NULL DEFAULT 0,
    owner_willing   INTEGER NOT NULL DEFAULT 0, -- the owner called the peer, or one answered the other
    peer_willing    INTEGER NOT NULL DEFAULT 0,
    CHECK ((peer_login IS NULL) <> (peer_guest IS NULL)),
    CHECK ((mail IS NULL) = (recipient IS NULL))
) STRICT;
CREATE UNIQUE INDEX conversation_first ON conversation (mail, recipient) WHERE first = 1 AND mail IS NOT NULL;
CREATE UNIQUE INDEX conversation_login ON conversation (mail, recipient, peer_login)
    WHERE mail IS NOT NULL AND peer_login IS NOT NULL;
CREATE UNIQUE INDEX conversation_guest ON conversation (mail, recipient, peer_guest)
    WHERE mail IS NOT NULL AND peer_guest IS NOT NULL;
CREATE UNIQUE INDEX conversation_pair ON conversation (owner, peer_login) WHERE mail IS NULL;
CREATE INDEX conversation_mail ON conversation (mail) WHERE mail IS NOT NULL;
CREATE INDEX conversation_owner ON conversation (owner);
CREATE INDEX conversation_peer ON conversation (peer_login) WHERE peer_login IS NOT NULL;

-- In the order in which they were said, so that a group of lines is a few pages at the end.
CREATE TABLE line (
    row           INTEGER PRIMARY KEY,
    conversation  INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    side          INTEGER NOT NULL,
    id            TEXT    NOT NULL,
    by_login      TEXT,
    kind          INTEGER NOT NULL,           -- 0 text, 1 end-to-end encrypted
    body          BLOB    NOT NULL,           -- sealed; empty: the speaker was deleted
    at            INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX line_place ON line (conversation, position);
CREATE UNIQUE INDEX line_said ON line (conversation, side, id);

CREATE TABLE call (
    row           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL UNIQUE,
    conversation  INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    caller        INTEGER NOT NULL,           -- a side
    state         INTEGER NOT NULL,           -- 0 open, 1 answered, 2 ended, 3 missed, 4 declined
    rang          INTEGER NOT NULL,
    started       INTEGER NOT NULL,
    changed       INTEGER NOT NULL,
    snapshot      BLOB    NOT NULL            -- sealed
) STRICT;
CREATE INDEX call_conversation ON call (conversation, started);
CREATE INDEX call_open ON call (state) WHERE state <= 1;

CREATE TABLE notice (
    row           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL UNIQUE,
    conversation  INTEGER NOT NULL REFERENCES conversation (row) ON DELETE CASCADE,
    side          INTEGER NOT NULL,           -- whom it is for
    login         INTEGER REFERENCES login (row), -- the same, unless a guest
    reason        INTEGER NOT NULL,           -- 0 off, 1 on, 2 expired, 3 cancelled, 4 busy, 5 knock, 6 line
    count         INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    seen          INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX notice_unseen ON notice (conversation, side) WHERE seen = 0;
CREATE INDEX notice_conversation ON notice (conversation);
CREATE INDEX notice_login ON notice (login, seen, at);

-- Mails the server owes somebody.
CREATE TABLE letter (
    row      INTEGER PRIMARY KEY AUTOINCREMENT,
    login    INTEGER REFERENCES login (row),  -- goes when the login goes
    notice   INTEGER REFERENCES notice (row) ON DELETE CASCADE,
    body     BLOB    NOT NULL,                -- sealed JSON
    due      INTEGER NOT NULL,
    tries    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX letter_due ON letter (due);
CREATE INDEX letter_login ON letter (login) WHERE login IS NOT NULL;
CREATE INDEX letter_notice ON letter (notice) WHERE notice IS NOT NULL;

-- When the latest notice letter from one person to another was taken on.
CREATE TABLE notified (
    pair  BLOB    PRIMARY KEY,                -- index of both
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rule (
    login    INTEGER NOT NULL REFERENCES login (row),
    kind     INTEGER NOT NULL,                -- 0 allow a login, 1 block a login, 2 block an address, 3 block a ticket
    target   BLOB    NOT NULL,                -- a name, an index, or mail row and recipient
    address  BLOB,                            -- sealed
    PRIMARY KEY (login, kind, target)
) STRICT, WITHOUT ROWID;

-- One row, written to see whether the disk still takes it.
CREATE TABLE probe (
    row  INTEGER PRIMARY KEY CHECK (row = 1),
    at   INTEGER NOT NULL
) STRICT;
