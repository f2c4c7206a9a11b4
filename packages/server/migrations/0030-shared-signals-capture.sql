-- Where security events come from. Every security change writes its audit event in its own
-- transaction (I5); what receivers are told hangs on that event, so no caller can forget it, and it
-- is there if and only if the change is. See docs/decisions/0044.

-- The UUID in an id as the API writes it (`usr_…`): 26 characters of 5 bits, behind two zero bits.
CREATE FUNCTION uuid_of_id(id text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT string_agg(lpad(to_hex(substr(b.bits, 3 + 32 * w, 32)::bit(32)::bigint), 8, '0'), ''
                    ORDER BY w)::uuid
    FROM (SELECT string_agg((strpos('0123456789abcdefghjkmnpqrstvwxyz',
                                    substr(right(id, 26), n, 1)) - 1)::bit(5)::text, '' ORDER BY n)
            FROM generate_series(1, 26) n) b (bits),
         generate_series(0, 3) w
$$;

-- The table of what is told of which audit event; `sharedSignalTypes` is its other half.
CREATE FUNCTION signal_types_of(action text, details jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE
AS $$
  SELECT CASE
    -- The same person goes on in another session, which the grants have moved to.
    WHEN action = 'session.ended' AND details->>'reason' IS DISTINCT FROM 'replaced_by_sign_in'
      THEN ARRAY['caep/session-revoked']
    WHEN action = 'session.several_ended' AND (details->>'count')::integer > 0
      THEN ARRAY['caep/session-revoked']
    WHEN action IN ('session.reuse_detected', 'session.device_mismatch')
      THEN ARRAY['caep/session-revoked', 'risc/credential-compromise']
    WHEN action = 'user.password_change_demanded' AND details->>'reason' = 'breach'
      THEN ARRAY['risc/credential-compromise']
    WHEN action IN ('user.password_changed', 'user.password_reset', 'user.invitation_accepted',
                    'factor.confirmed', 'factor.removed', 'webauthn.registered', 'webauthn.removed',
                    'backup_codes.made')
      THEN ARRAY['caep/credential-change']
    WHEN action = 'step_up.completed' AND details->>'acr' <> details->>'previous_acr'
      THEN ARRAY['caep/assurance-level-change']
    WHEN action IN ('role.assigned', 'role.revoked') THEN ARRAY['caep/token-claims-change']
    WHEN action = 'user.suspended' THEN ARRAY['risc/account-disabled']
    WHEN action = 'user.resumed' THEN ARRAY['risc/account-enabled']
    WHEN action = 'user.deleted' THEN ARRAY['risc/account-purged']
    ELSE ARRAY[]::text[]
  END
$$;

-- Whether that client may hear of the user, in that session if one is named: an administrator
-- allowed all users, or this one allowed the client. What is not known is not told.
CREATE FUNCTION may_hear_of(client uuid, subject uuid, session uuid, needs_email boolean)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM signal_receivers r
                  WHERE r.tenant_id = current_tenant_id() AND r.client_id = client
                    AND r.all_subjects)
      OR EXISTS (SELECT FROM oauth_grants g
                  WHERE g.tenant_id = current_tenant_id() AND g.user_id = subject
                    AND g.client_id = client AND g.revoked_at IS NULL
                    AND (session IS NULL OR g.session_id = session)
                    AND (NOT needs_email
                         OR string_to_array(g.payload->'openid'->>'scope', ' ') @> ARRAY['email']))
      OR (session IS NULL
          AND EXISTS (SELECT FROM oauth_consents o
                       WHERE o.tenant_id = current_tenant_id() AND o.user_id = subject
                         AND o.client_id = client
                         AND (NOT needs_email OR o.scopes @> ARRAY['email'])))
$$;

-- One row for each stream, event and session that may hear of it, and for each stream that is
-- pushed a job, as `enqueueJob` writes it: it exists if and only if the rows do.
CREATE FUNCTION write_signals(
  types text[], subject uuid, sessions uuid[], facts jsonb, request uuid, at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH written AS (
    INSERT INTO signal_events
           (tenant_id, id, stream_id, type, user_id, session_id, facts, request_id, occurred_at)
    SELECT s.tenant_id, gen_random_uuid(), s.id, t.type, subject, x.session_id, facts, request, at
      FROM signal_streams s
      JOIN oauth_clients c
        ON c.tenant_id = s.tenant_id AND c.id = s.client_id AND c.status = 'active'
     CROSS JOIN unnest(types) t (type)
     CROSS JOIN LATERAL unnest(
             CASE WHEN t.type IN ('caep/session-revoked', 'caep/assurance-level-change')
                  THEN sessions ELSE ARRAY[NULL]::uuid[] END) x (session_id)
     WHERE s.tenant_id = current_tenant_id() AND s.status <> 'disabled'
       AND t.type = ANY(s.events_delivered)
       AND NOT EXISTS (SELECT FROM signal_removed_subjects m
                        WHERE m.tenant_id = s.tenant_id AND m.stream_id = s.id
                          AND m.user_id = subject)
       AND may_hear_of(s.client_id, subject, x.session_id, t.type = 'risc/identifier-changed')
       -- Waits for a deletion of the stream and passes it over then. Attack: a receiver deletes its
       -- streams all the time, and changes of users fail by the foreign key.
       FOR KEY SHARE OF s
    RETURNING tenant_id, stream_id
  )
  INSERT INTO pgboss.job
         (name, data, policy, start_after, keep_until, expire_seconds, deletion_seconds, retry_limit,
          retry_delay, retry_backoff, retry_delay_max, heartbeat_seconds)
  SELECT q.name, jsonb_build_object('tenant', w.tenant_id, 'stream', w.stream_id), q.policy, now(),
         now() + q.retention_seconds * interval '1 second', q.expire_seconds, q.deletion_seconds,
         q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.heartbeat_seconds
    FROM (SELECT DISTINCT tenant_id, stream_id FROM written) w
    JOIN signal_streams s
      ON s.tenant_id = w.tenant_id AND s.id = w.stream_id AND s.method = 'push'
     AND s.status = 'enabled'
    JOIN pgboss.queue q ON q.name = 'push-signals';
END $$;

CREATE FUNCTION note_security_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  types text[] := signal_types_of(NEW.action, NEW.details);
  subject uuid;
  sessions uuid[] := ARRAY[NULL]::uuid[];
  facts jsonb;
BEGIN
  IF types = '{}' OR NOT EXISTS (SELECT FROM signal_streams s
                                  WHERE s.tenant_id = current_tenant_id()
                                    AND s.status <> 'disabled') THEN
    RETURN NULL;
  END IF;
  IF NEW.target_kind = 'user' THEN
    subject := uuid_of_id(NEW.target_id);
  ELSIF NEW.target_kind = 'session' THEN
    sessions := ARRAY[uuid_of_id(NEW.target_id)];
    subject := (SELECT s.user_id FROM sessions s
                 WHERE s.tenant_id = current_tenant_id() AND s.id = sessions[1]);
  ELSIF NEW.target_kind = 'factor' THEN
    subject := (SELECT f.user_id FROM authentication_factors f
                 WHERE f.tenant_id = current_tenant_id() AND f.id = uuid_of_id(NEW.target_id));
  END IF;
  -- An authenticator that was just removed has no row any more; only its owner can remove it.
  subject := coalesce(subject, NEW.actor_id);
  -- More sessions than the event lists: then it is all sessions of the user.
  IF NEW.action = 'session.several_ended'
     AND jsonb_array_length(NEW.details->'sessions') = (NEW.details->>'count')::integer THEN
    sessions := ARRAY(SELECT uuid_of_id(id) FROM jsonb_array_elements_text(NEW.details->'sessions') id);
  END IF;
  facts := (NEW.details - 'sessions') || jsonb_build_object(
    'action', NEW.action,
    'by', CASE WHEN NEW.details->>'reason' IN ('policy_changed', 'risk_refused') THEN 'policy'
               WHEN NEW.actor_id = subject THEN 'user'
               WHEN NEW.actor_id IS NOT NULL THEN 'admin'
               ELSE 'system' END);
  IF 'caep/token-claims-change' = ANY(types) THEN
    facts := facts || jsonb_build_object('roles', ARRAY(
      SELECT a.role_name FROM role_assignments a
       WHERE a.tenant_id = current_tenant_id() AND a.user_id = subject ORDER BY 1));
  END IF;
  PERFORM write_signals(types, subject, sessions, facts, NEW.request_id, NEW.occurred_at);
  RETURN NULL;
END $$;

-- The condition keeps the actions of every request (sign-in, refresh, tokens) out of the function.
CREATE TRIGGER audit_events__signals AFTER INSERT ON audit_events FOR EACH ROW
  WHEN (NEW.action IN (
    'session.ended', 'session.several_ended', 'session.reuse_detected', 'session.device_mismatch',
    'user.password_changed', 'user.password_reset', 'user.invitation_accepted',
    'user.password_change_demanded', 'factor.confirmed', 'factor.removed', 'webauthn.registered',
    'webauthn.removed', 'backup_codes.made', 'step_up.completed', 'role.assigned', 'role.revoked',
    'user.suspended', 'user.resumed', 'user.deleted'))
  EXECUTE FUNCTION note_security_event();

-- Audit events hold no address, so the change of one is seen where it is made.
CREATE FUNCTION note_identifier_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM signal_streams s
              WHERE s.tenant_id = current_tenant_id() AND s.status <> 'disabled') THEN
    PERFORM write_signals(ARRAY['risc/identifier-changed'], NEW.id, ARRAY[NULL]::uuid[],
                          jsonb_build_object('before', OLD.email, 'after', NEW.email),
                          NULL, NEW.updated_at);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER users__signals AFTER UPDATE OF email ON users FOR EACH ROW
  WHEN (OLD.email_key <> NEW.email_key) EXECUTE FUNCTION note_identifier_change();
