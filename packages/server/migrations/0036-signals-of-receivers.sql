-- Whether a client is a receiver by now: an administrator may take the scopes from it, or the resource
-- server that they are for. The server compares that one as a whole when it sends.
CREATE FUNCTION may_receive_signals(metadata jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT COALESCE(string_to_array(metadata->>'scope', ' ') && ARRAY['ssf.read', 'ssf.manage'], false)
     AND EXISTS (SELECT FROM jsonb_array_elements_text(metadata->'resources') r WHERE r LIKE '%/ssf')
$$;

-- As in 0030, but
-- * for receivers only: what happens while a client is none is not kept for it;
-- * with the tenant as group of the job: a node pushes few streams of one tenant at a time, so that a
--   slow receiver holds up its own tenant only.
CREATE OR REPLACE FUNCTION write_signals(
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
       AND may_receive_signals(c.metadata)
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
         (name, data, group_id, policy, start_after, keep_until, expire_seconds, deletion_seconds,
          retry_limit, retry_delay, retry_backoff, retry_delay_max, heartbeat_seconds)
  SELECT q.name, jsonb_build_object('tenant', w.tenant_id, 'stream', w.stream_id),
         w.tenant_id::text, q.policy, now(), now() + q.retention_seconds * interval '1 second',
         q.expire_seconds, q.deletion_seconds, q.retry_limit, q.retry_delay, q.retry_backoff,
         q.retry_delay_max, q.heartbeat_seconds
    FROM (SELECT DISTINCT tenant_id, stream_id FROM written) w
    JOIN signal_streams s
      ON s.tenant_id = w.tenant_id AND s.id = w.stream_id AND s.method = 'push'
     AND s.status = 'enabled'
    JOIN pgboss.queue q ON q.name = 'push-signals';
END $$;
