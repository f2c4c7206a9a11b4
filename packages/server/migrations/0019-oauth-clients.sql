-- OAuth clients. What the registration says is in `metadata`, under the names of RFC 7591.
CREATE TABLE oauth_clients (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  profile text NOT NULL CONSTRAINT oauth_clients__profile
    CHECK (profile IN ('web', 'spa', 'native', 'service', 'fapi2')),
  name text NOT NULL CONSTRAINT oauth_clients__name_length CHECK (length(name) BETWEEN 1 AND 200),
  status text NOT NULL CONSTRAINT oauth_clients__status CHECK (status IN ('active', 'disabled')),
  -- Belongs to whoever runs the tenant, so users are not asked for consent.
  is_first_party boolean NOT NULL,
  metadata jsonb NOT NULL,
  -- Counts the changes: the entity tag.
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
ALTER TABLE oauth_clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_clients FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_clients__tenant ON oauth_clients
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_clients TO countersign_app;

-- Two of them work side by side while a client changes from one to the next.
CREATE TABLE oauth_client_secrets (
  tenant_id uuid NOT NULL,
  client_id uuid NOT NULL,
  -- SHA-256 of 256 random bits.
  secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  -- NULL: until it is replaced.
  expires_at timestamptz,
  PRIMARY KEY (tenant_id, client_id, secret_hash),
  FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE oauth_client_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_client_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_client_secrets__tenant ON oauth_client_secrets
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_client_secrets TO countersign_app;
