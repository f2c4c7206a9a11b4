-- A sign-in by mail that was asked for, also for addresses that nobody has: what follows must cost
-- the same for both.
CREATE TABLE email_sign_ins (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  -- SHA-256 of the 256 random bits that the client which asked was given.
  challenge_hash bytea NOT NULL,
  -- NULL where nobody has the address.
  user_id uuid,
  -- The address that the message went to, in canonical form.
  email_key text NOT NULL,
  kind text NOT NULL CONSTRAINT email_sign_ins__kind CHECK (kind IN ('link', 'code')),
  -- Of a link the SHA-256 of its token; of a code the HMAC-SHA256 under the challenge, which is not
  -- stored, so that the database alone lets nobody try codes. Random where nothing was sent.
  secret_hash bytea NOT NULL,
  is_sent boolean NOT NULL,
  -- SHA-256 of the stored password hash at that time: a change of it ends what was sent before.
  proven_against bytea NOT NULL,
  attempts_left integer NOT NULL CONSTRAINT email_sign_ins__attempts_left CHECK (attempts_left >= 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  PRIMARY KEY (tenant_id, challenge_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX email_sign_ins__by_user ON email_sign_ins (user_id, tenant_id);
CREATE INDEX email_sign_ins__by_secret ON email_sign_ins (secret_hash, tenant_id);
CREATE INDEX email_sign_ins__created ON email_sign_ins (created_at, tenant_id);
ALTER TABLE email_sign_ins ENABLE ROW LEVEL SECURITY;
ALTER TABLE email_sign_ins FORCE ROW LEVEL SECURITY;
CREATE POLICY email_sign_ins__tenant ON email_sign_ins
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON email_sign_ins TO countersign_app;
