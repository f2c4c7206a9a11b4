-- The family of a refresh token is its session: ending the session ends the family.
CREATE TABLE refresh_tokens (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  session_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  -- The token that this one replaced.
  parent_id uuid,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  -- The successor, sealed under a key derived from this very token: who reads the database alone
  -- learns nothing. Only the holder of the parent can open it, for the length of the grace.
  successor_sealed bytea,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id) ON DELETE CASCADE
);
-- INVARIANT I1: a token has at most one successor, whatever the code does.
CREATE UNIQUE INDEX refresh_tokens__one_successor ON refresh_tokens (parent_id, tenant_id)
  WHERE parent_id IS NOT NULL;
-- The tenant comes last for the reason that is told with the indexes of sessions.
CREATE INDEX refresh_tokens__by_session ON refresh_tokens (session_id, tenant_id);
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY refresh_tokens__tenant ON refresh_tokens
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_tokens TO countersign_app;
