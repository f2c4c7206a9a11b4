-- Built-in roles are code; these are the tenant's own.
CREATE TABLE roles (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  name text NOT NULL CONSTRAINT roles__name_form CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
  description text NOT NULL DEFAULT '',
  permissions text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, name)
);
ALTER TABLE roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE roles FORCE ROW LEVEL SECURITY;
CREATE POLICY roles__tenant ON roles
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON roles TO countersign_app;

CREATE TABLE role_assignments (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role_name text NOT NULL,
  assigned_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id, role_name),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE role_assignments ENABLE ROW LEVEL SECURITY;
ALTER TABLE role_assignments FORCE ROW LEVEL SECURITY;
CREATE POLICY role_assignments__tenant ON role_assignments
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON role_assignments TO countersign_app;
