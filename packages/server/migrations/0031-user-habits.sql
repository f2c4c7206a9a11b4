-- What is usual for a user who signs in: a few counters that fade, written by the sign-in itself.
-- Values are hashes under a key of the server, of one tenant and one user; the last place is rounded.
CREATE TABLE user_habits (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  habits jsonb NOT NULL,
  -- The newest sign-in. It is learnt by the next one, unless its session was refused after all.
  newest jsonb,
  newest_session_id uuid,
  learned_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT user_habits__size
    CHECK (length(habits::text) <= 8192 AND length(newest::text) <= 1024),
  CONSTRAINT user_habits__newest CHECK ((newest IS NULL) = (newest_session_id IS NULL)),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX user_habits__old ON user_habits (learned_at, tenant_id);
ALTER TABLE user_habits ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_habits FORCE ROW LEVEL SECURITY;
CREATE POLICY user_habits__tenant ON user_habits
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON user_habits TO countersign_app;
