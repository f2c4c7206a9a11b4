-- Names of users that resemble a name on the sanctions list of the operator. A decision is about the
-- person: the same user and the same entry are decided once. No name is kept here.
CREATE TABLE screening_hits (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  -- As the list names it.
  entry_id text NOT NULL
    CONSTRAINT screening_hits__entry_length CHECK (length(entry_id) BETWEEN 1 AND 100),
  status text NOT NULL
    CONSTRAINT screening_hits__status CHECK (status IN ('open', 'cleared', 'confirmed')),
  found_at timestamptz NOT NULL,
  reason text CONSTRAINT screening_hits__reason_length CHECK (length(reason) BETWEEN 1 AND 1000),
  -- Without a foreign key: the decision outlives the administrator. No one: the process itself.
  decided_by uuid,
  decided_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT screening_hits__once UNIQUE (tenant_id, user_id, entry_id),
  CONSTRAINT screening_hits__decided
    CHECK ((status = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (reason IS NULL)),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX screening_hits__by_status ON screening_hits (tenant_id, status, id);
ALTER TABLE screening_hits ENABLE ROW LEVEL SECURITY;
ALTER TABLE screening_hits FORCE ROW LEVEL SECURITY;
CREATE POLICY screening_hits__tenant ON screening_hits
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE ON screening_hits TO countersign_app;

-- How far the users of a tenant were screened against a list, and against which.
CREATE TABLE screening_runs (
  tenant_id uuid PRIMARY KEY REFERENCES tenants (id),
  digest text NOT NULL,
  -- Null: from the first one.
  after_user_id uuid,
  finished_at timestamptz
);
ALTER TABLE screening_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE screening_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY screening_runs__tenant ON screening_runs
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON screening_runs TO countersign_app;

-- Who suspended a user, where it was not an administrator. It counts while the user is suspended.
ALTER TABLE users ADD COLUMN suspended_by text
  CONSTRAINT users__suspended_by CHECK (suspended_by = 'screening');
