-- Codes and refresh tokens are written once more, when they are used. Room in the page lets that leave
-- the indexes alone.
ALTER TABLE oauth_records SET (fillfactor = 50);
