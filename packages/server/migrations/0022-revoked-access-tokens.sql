-- Access tokens that were revoked before they expired, by `jti`. RFC 7009 §2.1.
CREATE TABLE revoked_access_tokens (
  tenant_id uuid NOT NULL,
  jti text NOT NULL,
  revoked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, jti)
);
CREATE INDEX revoked_access_tokens__expired ON revoked_access_tokens (expires_at, tenant_id);
ALTER TABLE revoked_access_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE revoked_access_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY revoked_access_tokens__tenant ON revoked_access_tokens
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON revoked_access_tokens TO countersign_app;
