CREATE TABLE sessions (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  transport text NOT NULL CONSTRAINT sessions__transport CHECK (transport IN ('bearer', 'cookie')),
  -- SHA-256 of the cookie's secret; NULL for a session that lives by refresh tokens.
  secret_hash bytea,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  idle_expires_at timestamptz NOT NULL,
  absolute_expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text,
  auth_time timestamptz NOT NULL,
  acr text NOT NULL,
  amr text[] NOT NULL,
  device_label text NOT NULL,
  source_ip text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT sessions__secret_by_transport CHECK ((transport = 'cookie') = (secret_hash IS NOT NULL))
);
-- The tenant comes last and nothing is partial, on purpose: as long as there are no statistics, the
-- planner takes an index that begins with the tenant, or one of the sessions that have not ended,
-- for more selective than the primary key, and reads all sessions of the tenant.
CREATE INDEX sessions__by_user ON sessions (user_id, tenant_id);
CREATE INDEX sessions__expired ON sessions (absolute_expires_at, tenant_id);
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY sessions__tenant ON sessions
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO countersign_app;

-- INVARIANT: the one definition of a session that counts. Authentication and refresh both read it,
-- so that a reason to refuse can't be forgotten in one of them. It takes the time from the caller,
-- because the clock is a port; it is inlined, so the planner sees the conditions of the caller.
-- The user is found by LATERAL and LIMIT 1, which can only be a look-up by primary key.
CREATE FUNCTION live_sessions(at timestamptz) RETURNS TABLE (
  session_id uuid, user_id uuid, transport text, secret_hash bytea, auth_time timestamptz, acr text,
  amr text[], last_seen_at timestamptz, idle_expires_at timestamptz,
  absolute_expires_at timestamptz, email text, email_verified_at timestamptz, display_name text,
  locale text, user_created_at timestamptz, roles text[], permissions text[]
) LANGUAGE sql STABLE AS $$
  SELECT s.id, s.user_id, s.transport, s.secret_hash, s.auth_time, s.acr, s.amr, s.last_seen_at,
         s.idle_expires_at, s.absolute_expires_at, u.email, u.email_verified_at, u.display_name,
         u.locale, u.created_at,
         ARRAY(SELECT a.role_name FROM role_assignments a
                WHERE a.tenant_id = s.tenant_id AND a.user_id = s.user_id ORDER BY 1),
         ARRAY(SELECT DISTINCT unnest(r.permissions) FROM role_assignments a
                 JOIN roles r ON r.tenant_id = a.tenant_id AND r.name = a.role_name
                WHERE a.tenant_id = s.tenant_id AND a.user_id = s.user_id ORDER BY 1)
    FROM sessions s
   CROSS JOIN LATERAL (
           SELECT u.email, u.email_verified_at, u.display_name, u.locale, u.created_at
             FROM users u
            WHERE u.tenant_id = current_tenant_id() AND u.id = s.user_id AND u.status = 'active'
            LIMIT 1) u
   WHERE s.tenant_id = current_tenant_id()
     AND s.ended_at IS NULL AND s.idle_expires_at > at AND s.absolute_expires_at > at
$$;
