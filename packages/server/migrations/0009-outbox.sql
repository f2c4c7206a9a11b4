-- Messages that a change causes are written in its transaction and delivered afterwards.
CREATE TABLE outbox (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT outbox__kind CHECK (kind IN ('mail')),
  -- Sealed: a message carries addresses and single-use tokens. Empty as soon as it is settled.
  payload_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  -- Whoever delivers it has it until then; afterwards another may try.
  claimed_until timestamptz,
  delivered_at timestamptz,
  -- Refused for good, or not deliverable for days.
  abandoned_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT outbox__settled_once CHECK (delivered_at IS NULL OR abandoned_at IS NULL),
  CONSTRAINT outbox__erased_when_settled CHECK
    ((delivered_at IS NULL AND abandoned_at IS NULL) = (octet_length(payload_sealed) > 0))
);
CREATE INDEX outbox__created_at ON outbox (tenant_id, created_at);
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox__tenant ON outbox
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO countersign_app;
