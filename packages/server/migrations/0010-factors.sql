-- Authentication factors beside the password. Not confirmed: made, but it counts for nothing yet.
CREATE TABLE authentication_factors (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT authentication_factors__kind CHECK (kind IN ('totp', 'hotp')),
  -- AES-256-GCM, bound to purpose, tenant and factor.
  secret_sealed bytea NOT NULL,
  -- INVARIANT I2: time step (TOTP) or counter (HOTP) of the newest accepted code. It only grows.
  last_used_step bigint NOT NULL DEFAULT -1,
  created_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  last_used_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX authentication_factors__by_user ON authentication_factors (user_id, tenant_id);
CREATE INDEX authentication_factors__pending ON authentication_factors (created_at, tenant_id)
  WHERE confirmed_at IS NULL;
ALTER TABLE authentication_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE authentication_factors FORCE ROW LEVEL SECURITY;
CREATE POLICY authentication_factors__tenant ON authentication_factors
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON authentication_factors TO countersign_app;

-- The MAC key of one user's backup codes, sealed, so that it survives a change of the master key
-- and the database alone does not let anybody try codes. Making codes anew replaces the row.
CREATE TABLE backup_code_sets (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  key_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE backup_code_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_code_sets FORCE ROW LEVEL SECURITY;
CREATE POLICY backup_code_sets__tenant ON backup_code_sets
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON backup_code_sets TO countersign_app;

CREATE TABLE backup_codes (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  -- HMAC-SHA256 under the key of the set.
  code_hash bytea NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (tenant_id, user_id, code_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES backup_code_sets (tenant_id, user_id) ON DELETE CASCADE
);
ALTER TABLE backup_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY backup_codes__tenant ON backup_codes
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON backup_codes TO countersign_app;

-- A sign-in whose password was right and whose other factor is still missing.
CREATE TABLE sign_in_challenges (
  tenant_id uuid NOT NULL,
  -- SHA-256 of 256 random bits.
  token_hash bytea NOT NULL,
  user_id uuid NOT NULL,
  purpose text NOT NULL
    CONSTRAINT sign_in_challenges__purpose CHECK (purpose IN ('verification', 'enrollment')),
  transport text NOT NULL
    CONSTRAINT sign_in_challenges__transport CHECK (transport IN ('bearer', 'cookie')),
  amr text[] NOT NULL,
  -- SHA-256 of the stored password hash that the password was checked against.
  proven_against bytea NOT NULL,
  -- The factor that this challenge enrolled; it can confirm no other one.
  factor_id uuid,
  attempts_left integer NOT NULL
    CONSTRAINT sign_in_challenges__attempts_left CHECK (attempts_left >= 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  PRIMARY KEY (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sign_in_challenges__expired ON sign_in_challenges (expires_at, tenant_id);
ALTER TABLE sign_in_challenges ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_challenges FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in_challenges__tenant ON sign_in_challenges
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_challenges TO countersign_app;

-- A signed-in user proves again who is there, for this one session.
CREATE TABLE step_ups (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  attempts_left integer NOT NULL CONSTRAINT step_ups__attempts_left CHECK (attempts_left >= 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX step_ups__by_session ON step_ups (session_id, tenant_id);
CREATE INDEX step_ups__expired ON step_ups (expires_at, tenant_id);
ALTER TABLE step_ups ENABLE ROW LEVEL SECURITY;
ALTER TABLE step_ups FORCE ROW LEVEL SECURITY;
CREATE POLICY step_ups__tenant ON step_ups
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON step_ups TO countersign_app;
