ALTER TABLE outbox DROP CONSTRAINT outbox__kind;
ALTER TABLE outbox ADD CONSTRAINT outbox__kind CHECK (kind IN ('mail', 'sms'));

-- What is sealed in a factor of this kind is the phone number.
ALTER TABLE authentication_factors DROP CONSTRAINT authentication_factors__kind;
ALTER TABLE authentication_factors ADD CONSTRAINT authentication_factors__kind
  CHECK (kind IN ('totp', 'hotp', 'sms'));

-- The code that was sent for one step: a sign-in, a step-up, or the confirmation of a number.
CREATE TABLE sms_codes (
  tenant_id uuid NOT NULL,
  -- SHA-256 of that step. Sending again replaces the code, not the attempts that were made.
  bound_to bytea NOT NULL,
  user_id uuid NOT NULL,
  factor_id uuid NOT NULL,
  -- HMAC-SHA256 of the code under a random key, which is sealed: the database alone lets nobody try.
  code_hash bytea NOT NULL,
  key_sealed bytea NOT NULL,
  attempts_left integer NOT NULL CONSTRAINT sms_codes__attempts_left CHECK (attempts_left >= 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  PRIMARY KEY (tenant_id, bound_to),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, factor_id)
    REFERENCES authentication_factors (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sms_codes__by_user ON sms_codes (user_id, tenant_id);
CREATE INDEX sms_codes__by_factor ON sms_codes (factor_id, tenant_id);
CREATE INDEX sms_codes__expired ON sms_codes (expires_at, tenant_id);
ALTER TABLE sms_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE sms_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY sms_codes__tenant ON sms_codes
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON sms_codes TO countersign_app;

-- INVARIANT I7: what was sent is counted here before it is sent, so that no restart forgives it.
CREATE TABLE sms_counters (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  -- Name of the limit.
  scope text NOT NULL,
  -- SHA-256 of tenant and recipient or user: the table holds no numbers.
  key_hash bytea NOT NULL,
  sent integer NOT NULL,
  window_started_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, scope, key_hash)
);
CREATE INDEX sms_counters__started ON sms_counters (window_started_at, tenant_id);
ALTER TABLE sms_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE sms_counters FORCE ROW LEVEL SECURITY;
CREATE POLICY sms_counters__tenant ON sms_counters
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON sms_counters TO countersign_app;
