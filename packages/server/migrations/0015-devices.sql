-- A browser that one user has signed in with. Two users of one browser have a row each.
CREATE TABLE devices (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  -- SHA-256 of the 256 random bits in the browser's cookie.
  device_hash bytea NOT NULL
    CONSTRAINT devices__device_hash_length CHECK (length(device_hash) = 32),
  label text NOT NULL,
  -- Of the newest sign-in, like the place.
  source_ip text NOT NULL,
  place text,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  -- Its cookie came back, or it was trusted. Until then it may be a program without a cookie jar.
  is_established boolean NOT NULL,
  -- Until when the second factor is not asked for on it, and since when.
  trusted_at timestamptz,
  trusted_until timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT devices__device UNIQUE (tenant_id, user_id, device_hash),
  CONSTRAINT devices__trust
    CHECK ((trusted_at IS NULL) = (trusted_until IS NULL) AND (trusted_at IS NULL OR is_established)),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
-- A program that brings no cookie takes the place of its own last sign-in, so that a thousand
-- sign-ins of a script are one row and not a thousand.
CREATE UNIQUE INDEX devices__without_cookie ON devices (tenant_id, user_id, label, source_ip)
  WHERE NOT is_established;
CREATE INDEX devices__expired ON devices (expires_at, tenant_id);
ALTER TABLE devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE devices FORCE ROW LEVEL SECURITY;
CREATE POLICY devices__tenant ON devices
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON devices TO countersign_app;

-- INVARIANT: the one definition of a device that may go without the second factor. A factor that
-- was added later was not proven on it. `since`: trust from before is too old for the policy of now.
CREATE FUNCTION trusted_devices(at timestamptz, since timestamptz)
RETURNS TABLE (device_id uuid, user_id uuid, device_hash bytea) LANGUAGE sql STABLE AS $$
  SELECT d.id, d.user_id, d.device_hash
    FROM devices d
   WHERE d.tenant_id = current_tenant_id()
     AND d.expires_at > at AND d.trusted_until > at AND d.trusted_at > since
     AND NOT EXISTS (SELECT FROM authentication_factors f
                      WHERE f.tenant_id = current_tenant_id() AND f.user_id = d.user_id
                        AND f.confirmed_at > d.trusted_at)
     AND NOT EXISTS (SELECT FROM webauthn_credentials c
                      WHERE c.tenant_id = current_tenant_id() AND c.user_id = d.user_id
                        AND c.created_at > d.trusted_at)
$$;

-- The device that a session began on. Bound: that device has shown its cookie to the session, and
-- refresh tokens of the session are accepted from it only.
ALTER TABLE sessions
  ADD COLUMN device_hash bytea,
  ADD COLUMN is_device_bound boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT sessions__device CHECK (device_hash IS NOT NULL OR NOT is_device_bound);
