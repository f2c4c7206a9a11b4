-- Requests of administration that named a key (`Idempotency-Key`): whoever sends one again within a
-- day gets the answer of the first and changes nothing. Answers may show secrets that are shown
-- once, and what was asked may hold a password: both are sealed.
CREATE TABLE idempotent_requests (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  user_id uuid NOT NULL,
  route_id text NOT NULL CONSTRAINT idempotent_requests__route CHECK (length(route_id) <= 100),
  key_hash bytea NOT NULL CONSTRAINT idempotent_requests__hash CHECK (octet_length(key_hash) = 32),
  -- Who works on it. Another claim takes over only while nothing has changed.
  claim_id uuid NOT NULL,
  fingerprint_sealed bytea NOT NULL,
  claimed_at timestamptz NOT NULL,
  -- Set in the transaction of the change itself.
  changed_at timestamptz,
  answer_sealed bytea,
  PRIMARY KEY (tenant_id, user_id, route_id, key_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idempotent_requests__by_claim ON idempotent_requests (tenant_id, claim_id);
CREATE INDEX idempotent_requests__by_age ON idempotent_requests (tenant_id, claimed_at);
ALTER TABLE idempotent_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotent_requests__tenant ON idempotent_requests
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotent_requests TO countersign_app;
-- Operators change tenants under their own role, and note that they did.
GRANT SELECT (tenant_id, claim_id, changed_at), UPDATE (changed_at)
  ON idempotent_requests TO countersign_operator;

-- Runs with the audit event of a change, so in its transaction. Attack: a request that was thought
-- dead goes on after another took its key over; it finds its claim gone, and changes nothing.
CREATE FUNCTION note_idempotent_change(noted_claim uuid, noted_at timestamptz) RETURNS boolean
  LANGUAGE plpgsql SET search_path = pg_catalog, public
  AS $$
BEGIN
  UPDATE public.idempotent_requests
     SET changed_at = COALESCE(changed_at, noted_at)
   WHERE tenant_id = public.current_tenant_id() AND claim_id = noted_claim;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the claim of this request is over' USING ERRCODE = 'CS003';
  END IF;
  RETURN true;
END
$$;
REVOKE ALL ON FUNCTION note_idempotent_change(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_idempotent_change(uuid, timestamptz)
  TO countersign_app, countersign_operator;
