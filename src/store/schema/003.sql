-- Schema version 3: deliveries that are about to be attempted.

-- A `mark` ticket that was given back before its message's final dot. Which delivery that is, its row and place say.
CREATE TABLE attempt (
    delivery INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    at       INTEGER NOT NULL,                -- milliseconds since 1970, of the first time
    PRIMARY KEY (delivery, place)
) STRICT, WITHOUT ROWID;
