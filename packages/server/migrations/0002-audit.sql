CREATE TABLE audit_events (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  action text NOT NULL CONSTRAINT audit_events__action_form CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
  outcome text NOT NULL CONSTRAINT audit_events__outcome CHECK (outcome IN ('success', 'refused')),
  actor_kind text NOT NULL
    CONSTRAINT audit_events__actor_kind CHECK (actor_kind IN ('user', 'system', 'anonymous')),
  actor_id uuid,
  target_kind text,
  target_id text,
  session_id uuid,
  request_id uuid NOT NULL,
  source_ip text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_events__by_action ON audit_events (tenant_id, action, id);
CREATE INDEX audit_events__by_actor ON audit_events (tenant_id, actor_id, id);
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_events__tenant ON audit_events
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT ON audit_events TO countersign_app;
GRANT INSERT ON audit_events TO countersign_operator;

-- The missing grant stops the application; this stops the owner too. Attack: whoever changed
-- something wipes the record of it.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = '42501'; END $$;
CREATE TRIGGER audit_events__append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_events__no_truncate BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
