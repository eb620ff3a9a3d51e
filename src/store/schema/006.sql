-- Schema version 6. Frozen: a change is a new file, 007.sql.

-- The Message-ID of a mail that came without one: the server made it, and it begins with the row's number, so that it is found
-- without an index. `message_id` and `message_index` are NULL then.
ALTER TABLE mail ADD COLUMN named TEXT;
