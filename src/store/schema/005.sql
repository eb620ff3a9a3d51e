-- Schema version 5. Frozen: a change is a new file, 006.sql.

-- Which keys this database was written with: a keyed hash that says nothing of the key, so that a wrong key file beside it is
-- seen before anything is made with it.
CREATE TABLE key (
    kind   TEXT    NOT NULL,                  -- ticket, seal, index
    id     INTEGER NOT NULL,
    print  BLOB    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
