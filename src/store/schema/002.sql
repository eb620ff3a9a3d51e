-- Schema version 2: browsers that sign in by a mailed link.

-- A device whose secret is a browser's cookie. It ends by itself when it is not used.
ALTER TABLE device ADD COLUMN browser INTEGER NOT NULL DEFAULT 0;
CREATE INDEX device_browser ON device (browser) WHERE browser = 1;

-- `sign-in` tickets that signed somebody in: each does so once.
CREATE TABLE used (
    ticket   BLOB    PRIMARY KEY,             -- SHA-256
    expires  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
