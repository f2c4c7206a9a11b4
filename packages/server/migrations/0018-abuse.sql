-- Pair counters know their account, so that its owner can have all of them cleared.
ALTER TABLE sign_in_failures ADD COLUMN account_hash bytea;
CREATE INDEX sign_in_failures__by_account ON sign_in_failures (tenant_id, account_hash)
  WHERE account_hash IS NOT NULL;

-- Values that somebody else made and that count once: the solution of a CAPTCHA, for example.
CREATE TABLE used_values (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  purpose text NOT NULL,
  -- SHA-256; the value itself is never stored.
  value_hash bytea NOT NULL,
  -- From then on the value is refused for its age, and the row is not needed any more.
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, purpose, value_hash)
);
CREATE INDEX used_values__expired ON used_values (tenant_id, expires_at);
ALTER TABLE used_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE used_values FORCE ROW LEVEL SECURITY;
CREATE POLICY used_values__tenant ON used_values
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, DELETE ON used_values TO countersign_app;
