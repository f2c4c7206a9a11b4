-- What one user allowed one client within one session. Tokens hang on it; it holds no secret.
CREATE TABLE oauth_grants (
  tenant_id uuid NOT NULL,
  id text NOT NULL,
  client_id uuid NOT NULL,
  user_id uuid NOT NULL,
  session_id uuid NOT NULL,
  -- Scope `offline_access`: the idle limit of the session does not end it, all else does.
  is_offline boolean NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  -- Back-channel logout: when the client was told, and how often it was tried.
  logout_told_at timestamptz,
  logout_attempts integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX oauth_grants__by_session ON oauth_grants (session_id, client_id, tenant_id);
CREATE INDEX oauth_grants__by_user ON oauth_grants (user_id, tenant_id);
CREATE INDEX oauth_grants__expired ON oauth_grants (expires_at, tenant_id);
ALTER TABLE oauth_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_grants__tenant ON oauth_grants
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_grants TO countersign_app;

-- INVARIANT I4: the one definition of a grant that counts. Whatever ends a session, suspends a user
-- or disables a client ends the grants and their tokens by its own commit, with nothing to forget.
CREATE FUNCTION live_oauth_grants(at timestamptz) RETURNS TABLE (
  grant_id text, client_id uuid, user_id uuid, session_id uuid, payload jsonb,
  expires_at timestamptz, auth_time timestamptz, acr text, amr text[],
  absolute_expires_at timestamptz, email text, email_verified_at timestamptz, display_name text,
  locale text, updated_at timestamptz, roles text[]
) LANGUAGE sql STABLE AS $$
  SELECT g.id, g.client_id, g.user_id, g.session_id, g.payload, g.expires_at, s.auth_time, s.acr,
         s.amr, s.absolute_expires_at, u.email, u.email_verified_at, u.display_name, u.locale,
         u.updated_at,
         ARRAY(SELECT a.role_name FROM role_assignments a
                WHERE a.tenant_id = g.tenant_id AND a.user_id = g.user_id ORDER BY 1)
    FROM oauth_grants g
   CROSS JOIN LATERAL (
           SELECT s.auth_time, s.acr, s.amr, s.absolute_expires_at
             FROM sessions s
            WHERE s.tenant_id = current_tenant_id() AND s.id = g.session_id
              AND s.user_id = g.user_id AND s.ended_at IS NULL AND s.absolute_expires_at > at
              AND (g.is_offline OR s.idle_expires_at > at)
            LIMIT 1) s
   CROSS JOIN LATERAL (
           SELECT u.email, u.email_verified_at, u.display_name, u.locale, u.updated_at
             FROM users u
            WHERE u.tenant_id = current_tenant_id() AND u.id = g.user_id AND u.status = 'active'
            LIMIT 1) u
   CROSS JOIN LATERAL (
           SELECT FROM oauth_clients c
            WHERE c.tenant_id = current_tenant_id() AND c.id = g.client_id AND c.status = 'active'
            LIMIT 1) c
   WHERE g.tenant_id = current_tenant_id() AND g.revoked_at IS NULL AND g.expires_at > at
$$;

-- What a user allowed a client, remembered beyond the session.
CREATE TABLE oauth_consents (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  client_id uuid NOT NULL,
  scopes text[] NOT NULL,
  claims text[] NOT NULL,
  -- Scopes by resource server: {"https://api.example": ["read"]}.
  resources jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id, client_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE oauth_consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_consents FORCE ROW LEVEL SECURITY;
CREATE POLICY oauth_consents__tenant ON oauth_consents
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_consents TO countersign_app;
