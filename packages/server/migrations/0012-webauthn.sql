-- Who a user is towards authenticators. It says nothing about the user (WebAuthn §14.6.1).
CREATE TABLE webauthn_users (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  user_handle bytea NOT NULL
    CONSTRAINT webauthn_users__user_handle_length CHECK (length(user_handle) = 32),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT webauthn_users__user_handle UNIQUE (tenant_id, user_handle),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE webauthn_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE webauthn_users FORCE ROW LEVEL SECURITY;
CREATE POLICY webauthn_users__tenant ON webauthn_users
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON webauthn_users TO countersign_app;

-- Public keys of passkeys and security keys. There is no secret in here.
CREATE TABLE webauthn_credentials (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  -- Chosen by the authenticator.
  credential_id bytea NOT NULL
    CONSTRAINT webauthn_credentials__credential_id_length
    CHECK (length(credential_id) BETWEEN 16 AND 1023),
  -- COSE_Key.
  public_key bytea NOT NULL,
  -- Of the newest accepted assertion. It only grows; some authenticators always say 0.
  sign_count bigint NOT NULL
    CONSTRAINT webauthn_credentials__sign_count CHECK (sign_count BETWEEN 0 AND 4294967295),
  -- Set once: a credential that may leave its authenticator, or may not (flag BE).
  is_backup_eligible boolean NOT NULL,
  is_backed_up boolean NOT NULL,
  transports text[] NOT NULL,
  aaguid uuid NOT NULL,
  attestation_format text NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  -- Set once: two authenticators hold the private key, and nobody knows which one is the user's.
  clone_suspected_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT webauthn_credentials__credential_id UNIQUE (tenant_id, credential_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webauthn_credentials__by_user ON webauthn_credentials (user_id, tenant_id);
ALTER TABLE webauthn_credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE webauthn_credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY webauthn_credentials__tenant ON webauthn_credentials
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON webauthn_credentials TO countersign_app;

-- What an authenticator was asked to sign. Each is answered once, by what it was made for.
CREATE TABLE webauthn_challenges (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  purpose text NOT NULL
    CONSTRAINT webauthn_challenges__purpose
    CHECK (purpose IN ('registration', 'sign_in', 'second_factor')),
  -- SHA-256 of 256 random bits.
  challenge_hash bytea NOT NULL,
  -- NULL for a sign-in, which begins without knowing who comes.
  user_id uuid,
  -- SHA-256 of the session or of the step of a sign-in that asked for it.
  bound_to bytea,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT webauthn_challenges__challenge UNIQUE (tenant_id, challenge_hash),
  CONSTRAINT webauthn_challenges__binding
    CHECK ((purpose = 'sign_in') = (user_id IS NULL) AND (user_id IS NULL) = (bound_to IS NULL)),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webauthn_challenges__by_user ON webauthn_challenges (user_id, tenant_id);
CREATE INDEX webauthn_challenges__expired ON webauthn_challenges (expires_at, tenant_id);
ALTER TABLE webauthn_challenges ENABLE ROW LEVEL SECURITY;
ALTER TABLE webauthn_challenges FORCE ROW LEVEL SECURITY;
CREATE POLICY webauthn_challenges__tenant ON webauthn_challenges
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON webauthn_challenges TO countersign_app;
