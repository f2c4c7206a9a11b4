-- Security events for receivers: OpenID Shared Signals Framework 1.0.

-- What an administrator allows a client as a receiver. No row: users who allowed that client.
CREATE TABLE signal_receivers (
  tenant_id uuid NOT NULL,
  client_id uuid NOT NULL,
  -- Every user of the tenant, not only those who signed in to that client.
  all_subjects boolean NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, client_id),
  FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE signal_receivers ENABLE ROW LEVEL SECURITY;
ALTER TABLE signal_receivers FORCE ROW LEVEL SECURITY;
CREATE POLICY signal_receivers__tenant ON signal_receivers
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE ON signal_receivers TO countersign_app;

CREATE TABLE signal_streams (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  client_id uuid NOT NULL,
  description text CONSTRAINT signal_streams__description_length CHECK (length(description) <= 200),
  method text NOT NULL CONSTRAINT signal_streams__method CHECK (method IN ('push', 'poll')),
  endpoint_url text,
  -- What the receiver wants in `Authorization`; bound to this stream and this address.
  authorization_sealed bytea,
  events_requested text[] NOT NULL,
  -- Those of them that we know: `caep/session-revoked`.
  events_delivered text[] NOT NULL,
  status text NOT NULL
    CONSTRAINT signal_streams__status CHECK (status IN ('enabled', 'paused', 'disabled')),
  -- Who set it: what an administrator disabled, the receiver can't enable.
  status_by text NOT NULL CONSTRAINT signal_streams__status_by
    CHECK (status_by IN ('receiver', 'administrator', 'transmitter')),
  status_reason text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  verification_asked_at timestamptz,
  -- Whoever delivers has the stream until then.
  claimed_until timestamptz,
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  retry_at timestamptz,
  last_error text,
  last_error_at timestamptz,
  delivered_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT signal_streams__push_has_address CHECK ((method = 'push') = (endpoint_url IS NOT NULL)),
  CONSTRAINT signal_streams__secret_has_address
    CHECK (authorization_sealed IS NULL OR endpoint_url IS NOT NULL),
  FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX signal_streams__by_client ON signal_streams (client_id, tenant_id);
ALTER TABLE signal_streams ENABLE ROW LEVEL SECURITY;
ALTER TABLE signal_streams FORCE ROW LEVEL SECURITY;
CREATE POLICY signal_streams__tenant ON signal_streams
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON signal_streams TO countersign_app;

-- SSF §8.1.3: subjects that a receiver does not want to hear of.
CREATE TABLE signal_removed_subjects (
  tenant_id uuid NOT NULL,
  stream_id uuid NOT NULL,
  user_id uuid NOT NULL,
  removed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, stream_id, user_id),
  FOREIGN KEY (tenant_id, stream_id) REFERENCES signal_streams (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX signal_removed_subjects__by_user ON signal_removed_subjects (user_id, tenant_id);
ALTER TABLE signal_removed_subjects ENABLE ROW LEVEL SECURITY;
ALTER TABLE signal_removed_subjects FORCE ROW LEVEL SECURITY;
CREATE POLICY signal_removed_subjects__tenant ON signal_removed_subjects
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, DELETE ON signal_removed_subjects TO countersign_app;

-- What is to be told on one stream; gone when its receiver has it. A row becomes a security event
-- token when it is sent: its id is the `jti`, so a repetition is known as one.
CREATE TABLE signal_events (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  stream_id uuid NOT NULL,
  type text NOT NULL
    CONSTRAINT signal_events__type_form CHECK (type ~ '^(caep|risc|ssf)/[a-z-]+$'),
  -- Without a foreign key: the news that a user is gone outlives the user.
  user_id uuid,
  session_id uuid,
  facts jsonb NOT NULL,
  -- The request that caused it.
  request_id uuid,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, stream_id) REFERENCES signal_streams (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX signal_events__by_stream ON signal_events (stream_id, occurred_at, id, tenant_id);
ALTER TABLE signal_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE signal_events FORCE ROW LEVEL SECURITY;
CREATE POLICY signal_events__tenant ON signal_events
  USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());
GRANT SELECT, INSERT, DELETE ON signal_events TO countersign_app;
