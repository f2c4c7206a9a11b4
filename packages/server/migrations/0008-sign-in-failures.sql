-- Security counters live here and not in memory or Redis: they survive restarts (invariant I7).
CREATE TABLE sign_in_failures (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  scope text NOT NULL CONSTRAINT sign_in_failures__scope CHECK (scope IN ('account', 'source', 'pair')),
  -- SHA-256 of the address or of the source: unknown accounts are counted like known ones.
  key_hash bytea NOT NULL,
  failures integer NOT NULL,
  last_failed_at timestamptz NOT NULL,
  blocked_until timestamptz,
  -- Whether the newest attempt may be judged.
  is_allowed boolean NOT NULL DEFAULT true,
  PRIMARY KEY (tenant_id, scope, key_hash)
);
CREATE INDEX sign_in_failures__by_age ON sign_in_failures (tenant_id, last_failed_at);
ALTER TABLE sign_in_failures ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_failures FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in_failures__tenant ON sign_in_failures
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_failures TO countersign_app;
