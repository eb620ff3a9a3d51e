-- Schema version 4: promotion. Members and what they agreed to, ads, campaigns, and the ledger of deliveries.

CREATE TABLE role (
    login    INTEGER NOT NULL REFERENCES login (row),
    role     INTEGER NOT NULL,                -- 0 company, 1 manager, 2 operator
    shop     TEXT    NOT NULL DEFAULT '',     -- the login whose port it is rung for; '': its own only
    at       INTEGER NOT NULL,
    PRIMARY KEY (login, role)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a number in an old mail's ticket never comes to mean another person.
CREATE TABLE member (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    mail        BLOB    NOT NULL,             -- sealed
    mail_index  BLOB    NOT NULL UNIQUE,      -- index
    name        BLOB,                         -- sealed
    locale      TEXT,                         -- BCP 47
    time_zone   TEXT,                         -- IANA
    created     INTEGER NOT NULL,
    changed     INTEGER NOT NULL
) STRICT;
CREATE INDEX member_created ON member (created);

CREATE TABLE tag (
    row         INTEGER PRIMARY KEY,
    name        BLOB    NOT NULL,             -- sealed
    name_index  BLOB    NOT NULL UNIQUE       -- index
) STRICT;

CREATE TABLE tagged (
    tag     INTEGER NOT NULL REFERENCES tag (row),
    member  INTEGER NOT NULL REFERENCES member (row) ON DELETE CASCADE,
    PRIMARY KEY (tag, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX tagged_member ON tagged (member, tag);

-- What holds now; how it came about is in `entry`.
CREATE TABLE consent (
    member   INTEGER NOT NULL REFERENCES member (row) ON DELETE CASCADE,
    purpose  TEXT    NOT NULL,
    given    INTEGER NOT NULL,                -- 1 yes, 0 no
    at       INTEGER NOT NULL,
    told     INTEGER,                         -- when the member was told of it
    entry    INTEGER NOT NULL,
    PRIMARY KEY (member, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_at ON consent (purpose, given, at);

-- The ledger of consent: only ever longer, each row's hash covers the one before. `body` goes when a member is
-- erased; the chain covers its digest, so it still holds.
CREATE TABLE entry (
    row      INTEGER PRIMARY KEY AUTOINCREMENT,
    member   INTEGER NOT NULL,
    kind     INTEGER NOT NULL,                -- 0 given, 1 withdrawn, 2 told, 3 suppressed, 4 unsuppressed, 5 erased
    purpose  TEXT,
    at       INTEGER NOT NULL,
    body     BLOB,                            -- sealed JSON: how, which text, from where, by whom
    digest   BLOB    NOT NULL,                -- keyed hash of the same JSON
    hash     BLOB    NOT NULL                 -- SHA-256 of the last row's hash and of this row
) STRICT;
CREATE INDEX entry_member ON entry (member);
CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN
    SELECT RAISE(ABORT, 'the ledger of consent only grows');
END;
CREATE TRIGGER entry_is_said BEFORE UPDATE ON entry
WHEN NEW.row <> OLD.row OR NEW.member <> OLD.member OR NEW.kind <> OLD.kind OR NEW.purpose IS NOT OLD.purpose
    OR NEW.at <> OLD.at OR NEW.digest <> OLD.digest OR NEW.hash <> OLD.hash OR NEW.body IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'the ledger of consent is not rewritten');
END;

-- Addresses that get no promotion, whoever they belong to.
CREATE TABLE suppression (
    mail_index  BLOB    PRIMARY KEY,          -- index
    mail        BLOB    NOT NULL,             -- sealed
    reason      BLOB    NOT NULL,             -- sealed
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Addresses of members who were erased: nothing but the keyed hash, so that an old list does not bring them back.
CREATE TABLE erased (
    mail_index  BLOB    PRIMARY KEY,          -- index
    entry       INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who asked to join, until the mail to them comes back.
CREATE TABLE joining (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    mail_index  BLOB    NOT NULL,             -- index
    body        BLOB,                         -- sealed JSON; NULL: confirmed
    expires     INTEGER NOT NULL
) STRICT;
CREATE INDEX joining_mail ON joining (mail_index);

-- What a member did that the mails and conversations do not tell already.
CREATE TABLE event (
    row     INTEGER PRIMARY KEY,
    member  INTEGER NOT NULL REFERENCES member (row) ON DELETE CASCADE,
    kind    INTEGER NOT NULL,                 -- 0 asked, 1 ordered
    at      INTEGER NOT NULL,
    key     BLOB    NOT NULL,                 -- index of the same event, so that it is imported once
    about   BLOB,                             -- index of what it is about
    body    BLOB                              -- sealed JSON
) STRICT;
CREATE UNIQUE INDEX event_once ON event (member, kind, key);
CREATE INDEX event_at ON event (kind, at);

CREATE TABLE ad (
    row           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE,
    owner         INTEGER REFERENCES login (row), -- NULL: the login was deleted
    state         INTEGER NOT NULL,           -- 0 draft, 1 published, 2 retired
    body          BLOB    NOT NULL,           -- sealed JSON: title, text, html, price, currency, link, company
    picture       BLOB,
    picture_type  TEXT,                       -- its media type
    valid_from    INTEGER,
    valid_until   INTEGER,
    created       INTEGER NOT NULL,
    changed       INTEGER NOT NULL
) STRICT;
CREATE INDEX ad_owner ON ad (owner);

-- A campaign is one mail row; a member's number is the recipient's place in it.
CREATE TABLE campaign (
    mail     INTEGER PRIMARY KEY REFERENCES mail (row),
    name     TEXT    NOT NULL UNIQUE,
    owner    INTEGER REFERENCES login (row),  -- who is rung; NULL: the login was deleted
    ad       INTEGER NOT NULL REFERENCES ad (row),
    state    INTEGER NOT NULL,                -- 0 planning, 1 planned, 2 running, 3 paused, 4 cancelled, 5 finished
    at       INTEGER,                         -- not before
    body     BLOB    NOT NULL,                -- sealed JSON: the plan, and the letter as it was when it was planned
    created  INTEGER NOT NULL,
    changed  INTEGER NOT NULL
) STRICT;
CREATE INDEX campaign_state ON campaign (state);
CREATE INDEX campaign_owner ON campaign (owner);

-- How many deliveries are in each state: changed with them.
CREATE TABLE tally (
    campaign  INTEGER NOT NULL REFERENCES campaign (mail),
    state     INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY (campaign, state)
) STRICT, WITHOUT ROWID;

-- The ledger. 0 planned, 1 claimed, 2 attempting, 3 accepted, 4 deferred, 5 rejected, 6 unknown, 7 skipped.
CREATE TABLE delivery (
    campaign  INTEGER NOT NULL REFERENCES campaign (mail),
    member    INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    due       INTEGER NOT NULL DEFAULT 0,     -- not before
    claim     INTEGER,
    at        INTEGER NOT NULL,               -- of the last change
    said      BLOB,                           -- sealed JSON: code, reply, or why it was skipped
    PRIMARY KEY (campaign, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_member ON delivery (member, campaign);
CREATE INDEX delivery_waits ON delivery (campaign, due, member) WHERE state IN (0, 4);
CREATE INDEX delivery_claim ON delivery (claim) WHERE state IN (1, 2);
CREATE INDEX delivery_unknown ON delivery (campaign, member) WHERE state = 6;

-- A sender's hold on deliveries. AUTOINCREMENT: an old mark never counts for another claim.
CREATE TABLE claim (
    row       INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign  INTEGER NOT NULL REFERENCES campaign (mail),
    device    TEXT    NOT NULL,
    began     INTEGER NOT NULL,
    ended     INTEGER
) STRICT;
CREATE INDEX claim_open ON claim (campaign, device) WHERE ended IS NULL;

-- Mail servers that said "not now".
CREATE TABLE back_off (
    domain  BLOB    PRIMARY KEY,              -- index
    until   INTEGER NOT NULL,
    fails   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
