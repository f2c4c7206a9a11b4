CREATE TABLE signing_keys (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  algorithm text NOT NULL,
  status text NOT NULL
    CONSTRAINT signing_keys__status CHECK (status IN ('next', 'active', 'retiring', 'revoked', 'gone')),
  public_jwk jsonb NOT NULL,
  -- AES-256-GCM; NULL as soon as the key signs nothing any more.
  private_key_sealed bytea
    CONSTRAINT signing_keys__private_key_while_signing
    CHECK ((private_key_sealed IS NOT NULL) = (status IN ('next', 'active'))),
  created_at timestamptz NOT NULL,
  activated_at timestamptz,
  retired_at timestamptz,
  removed_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
-- At most one key of each algorithm signs, and one waits; two nodes can't both promote one.
CREATE UNIQUE INDEX signing_keys__one_active ON signing_keys (tenant_id, algorithm)
  WHERE status = 'active';
CREATE UNIQUE INDEX signing_keys__one_next ON signing_keys (tenant_id, algorithm)
  WHERE status = 'next';
ALTER TABLE signing_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE signing_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY signing_keys__tenant ON signing_keys
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE ON signing_keys TO countersign_app;
