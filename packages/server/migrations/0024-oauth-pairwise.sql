-- What makes the subjects that differ by sector. It never changes, or every client would take its
-- users for others. OIDC Core §8.1.
CREATE TABLE oauth_pairwise_secrets (
  tenant_id uuid PRIMARY KEY,
  secret_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL
);
ALTER TABLE oauth_pairwise_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_pairwise_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_pairwise_secrets__tenant ON oauth_pairwise_secrets
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE ON oauth_pairwise_secrets TO countersign_app;
