-- What a step-up was begun for. It is completed by nothing weaker.
ALTER TABLE step_ups ADD COLUMN acr text;
-- SHA-256 of the one transaction that it is for, if it is for one.
ALTER TABLE step_ups ADD COLUMN transaction_digest bytea
  CONSTRAINT step_ups__transaction_digest CHECK (length(transaction_digest) = 32);

-- ASVS 6.7.1: the key that verifies the assertions of a credential is written once. Attack: a flaw in
-- the server that lets somebody write puts another key in its place.
REVOKE UPDATE ON webauthn_credentials FROM countersign_app;
GRANT UPDATE (sign_count, is_backed_up, name, last_used_at, clone_suspected_at)
  ON webauthn_credentials TO countersign_app;
