CREATE TABLE users (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  -- As the user wrote it, for mail.
  email text NOT NULL,
  -- Lower case with an ASCII domain, for comparison.
  email_key text NOT NULL,
  email_verified_at timestamptz,
  display_name text,
  locale text,
  status text NOT NULL DEFAULT 'active'
    CONSTRAINT users__status CHECK (status IN ('active', 'suspended')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT users__email_key UNIQUE (tenant_id, email_key)
);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users__tenant ON users
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO countersign_app;

CREATE TABLE passwords (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  password_hash text NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE passwords ENABLE ROW LEVEL SECURITY;
ALTER TABLE passwords FORCE ROW LEVEL SECURITY;
CREATE POLICY passwords__tenant ON passwords
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON passwords TO countersign_app;

CREATE TABLE single_use_values (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  purpose text NOT NULL,
  value_hash bytea NOT NULL,
  subject_id uuid NOT NULL,
  payload text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  PRIMARY KEY (tenant_id, purpose, value_hash),
  FOREIGN KEY (tenant_id, subject_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX single_use_values__unused ON single_use_values (tenant_id, subject_id, purpose)
  WHERE consumed_at IS NULL;
CREATE INDEX single_use_values__expired ON single_use_values (tenant_id, expires_at);
ALTER TABLE single_use_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE single_use_values FORCE ROW LEVEL SECURITY;
CREATE POLICY single_use_values__tenant ON single_use_values
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON single_use_values TO countersign_app;
