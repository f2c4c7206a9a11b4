-- Failures of one account on a device that it has signed in with: its owner, most likely.
ALTER TABLE sign_in_failures DROP CONSTRAINT sign_in_failures__scope;
ALTER TABLE sign_in_failures ADD CONSTRAINT sign_in_failures__scope
  CHECK (scope IN ('account', 'source', 'pair', 'device'));
-- For the brake: who failed lately, account by account and source by source.
CREATE INDEX sign_in_failures__recent ON sign_in_failures (tenant_id, scope, last_failed_at)
  WHERE failures > 0;

-- In plpgsql, which plans once for each connection; a function in SQL would be planned by each call.
-- INVARIANT: the one definition of a device that signed an account in before and was not forgotten.
CREATE FUNCTION is_known_device(account text, hash bytea, at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM users u
      JOIN devices d ON d.tenant_id = u.tenant_id AND d.user_id = u.id
     WHERE u.tenant_id = current_tenant_id() AND u.email_key = account
       AND d.device_hash = hash AND d.expires_at > at);
END
$$;

-- Whether failures since then are spread over this many accounts and sources. Read from the counters
-- themselves, so there is no other counter to forget it by, and none that all sign-ins wait for.
CREATE FUNCTION is_under_attack(since timestamptz, accounts integer, sources integer) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT count(*) FROM (
            SELECT FROM sign_in_failures
             WHERE tenant_id = current_tenant_id() AND scope = 'account'
               AND failures > 0 AND last_failed_at > since LIMIT accounts) a) >= accounts
     AND (SELECT count(*) FROM (
            SELECT FROM sign_in_failures
             WHERE tenant_id = current_tenant_id() AND scope = 'source'
               AND failures > 0 AND last_failed_at > since LIMIT sources) s) >= sources;
END
$$;
