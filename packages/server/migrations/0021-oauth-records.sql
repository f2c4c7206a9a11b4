-- What the protocol engine keeps: codes, tokens, requests, interactions. Of every value that
-- somebody could present there is only the SHA-256, and the payload is sealed.
CREATE TABLE oauth_records (
  tenant_id uuid NOT NULL,
  kind text NOT NULL,
  id_hash bytea NOT NULL,
  grant_id text,
  client_id uuid,
  user_id uuid,
  -- SHA-256 of the code that a user types for a device.
  user_code_hash bytea,
  payload_sealed bytea NOT NULL,
  -- Sealed under a key derived from the value itself; see refresh_tokens.
  successor_sealed bytea,
  created_at timestamptz NOT NULL,
  consumed_at timestamptz,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, kind, id_hash)
);
CREATE INDEX oauth_records__by_grant ON oauth_records (grant_id, tenant_id)
  WHERE grant_id IS NOT NULL;
CREATE UNIQUE INDEX oauth_records__user_code ON oauth_records (tenant_id, user_code_hash)
  WHERE user_code_hash IS NOT NULL;
CREATE INDEX oauth_records__expired ON oauth_records (expires_at, tenant_id);
ALTER TABLE oauth_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_records FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_records__tenant ON oauth_records
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_records TO countersign_app;

-- Values that work once and were made by others: `jti` of client assertions, request objects and
-- DPoP proofs. RFC 9449 §11.1, RFC 7523 §3.
CREATE TABLE oauth_replays (
  tenant_id uuid NOT NULL,
  value_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, value_hash)
);
CREATE INDEX oauth_replays__expired ON oauth_replays (expires_at, tenant_id);
ALTER TABLE oauth_replays ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_replays FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_replays__tenant ON oauth_replays
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_replays TO countersign_app;
