-- Why a password must be replaced before it opens another session. It stands with the password, so
-- that whatever replaces the password also ends the demand.
ALTER TABLE passwords ADD COLUMN change_demanded_by text
  CONSTRAINT passwords__change_demanded_by
    CHECK (change_demanded_by IN ('administrator', 'breach'));

-- A challenge may also wait for a new password, after every factor was proven. The purposes are a
-- type of the source; the database asks for their form.
ALTER TABLE sign_in_challenges DROP CONSTRAINT sign_in_challenges__purpose;
ALTER TABLE sign_in_challenges ADD CONSTRAINT sign_in_challenges__purpose
  CHECK (purpose ~ '^[a-z_]{1,40}$');
-- What was proven before is more than the number of factors says (a passkey, for example).
ALTER TABLE sign_in_challenges ADD COLUMN acr text;
