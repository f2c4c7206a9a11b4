-- Whose assertions about users clients may exchange for access tokens. RFC 7523 §2.1.
CREATE TABLE oauth_trusted_issuers (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  issuer text NOT NULL,
  -- Public keys: written down, or where they are published.
  jwks jsonb,
  jwks_uri text,
  subject_mapping text NOT NULL CONSTRAINT oauth_trusted_issuers__subject_mapping
    CHECK (subject_mapping IN ('user_id', 'email')),
  client_ids uuid[] NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT oauth_trusted_issuers__issuer UNIQUE (tenant_id, issuer),
  CONSTRAINT oauth_trusted_issuers__keys CHECK ((jwks IS NULL) <> (jwks_uri IS NULL))
);
ALTER TABLE oauth_trusted_issuers ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_trusted_issuers FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_trusted_issuers__tenant ON oauth_trusted_issuers
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, DELETE ON oauth_trusted_issuers TO countersign_app;
