-- Two roles. The application role owns nothing, is no superuser and has no BYPASSRLS; the operator
-- role sees the list of tenants and never a tenant's own rows. Roles belong to the whole cluster,
-- so another database of it may have made them already.
DO $$
BEGIN
  CREATE ROLE countersign_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
  CREATE ROLE countersign_operator NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
GRANT countersign_operator TO countersign_app;
GRANT USAGE ON SCHEMA public TO countersign_app, countersign_operator;
GRANT SELECT ON countersign_migrations TO countersign_app;

-- An unset or empty tenant is NULL, and NULL equals nothing: without a tenant, no row is visible.
CREATE FUNCTION current_tenant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid $$;

CREATE TABLE tenants (
  id uuid PRIMARY KEY,
  slug text NOT NULL CONSTRAINT tenants__slug UNIQUE
    CONSTRAINT tenants__slug_form CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text NOT NULL CONSTRAINT tenants__name_length CHECK (length(name) BETWEEN 1 AND 200),
  status text NOT NULL DEFAULT 'active'
    CONSTRAINT tenants__status CHECK (status IN ('active', 'suspended')),
  settings jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants__own_row ON tenants TO countersign_app
  USING (id = current_tenant_id());
CREATE POLICY tenants__operator ON tenants TO countersign_operator
  USING (true) WITH CHECK (true);
GRANT SELECT ON tenants TO countersign_app;
GRANT SELECT, INSERT, UPDATE ON tenants TO countersign_operator;

-- Every tenant transaction begins here. A suspended tenant stops at once and on every node,
-- because the transaction itself fails: no cache can be stale.
CREATE FUNCTION enter_tenant(wanted_id uuid) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, public
  AS $$
DECLARE
  found_status text;
BEGIN
  PERFORM set_config('app.tenant_id', wanted_id::text, true);
  SELECT status INTO found_status FROM public.tenants WHERE id = wanted_id;
  IF found_status IS NULL THEN
    RAISE EXCEPTION 'tenant unknown' USING ERRCODE = 'CS002';
  ELSIF found_status <> 'active' THEN
    RAISE EXCEPTION 'tenant suspended' USING ERRCODE = 'CS001';
  END IF;
END
$$;

-- Before a request has a tenant, it has a slug. This answers one slug and lists nothing.
CREATE FUNCTION resolve_tenant(wanted_slug text) RETURNS SETOF tenants
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
  AS $$ SELECT * FROM public.tenants WHERE slug = wanted_slug $$;
REVOKE ALL ON FUNCTION resolve_tenant(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_tenant(text) TO countersign_app;

-- The definer must pass the forced policy, so the function belongs to the operator role. Giving
-- it away needs membership and CREATE on the schema, both for this moment only.
DO $$
BEGIN
  EXECUTE format('GRANT countersign_operator TO %I', current_user);
  GRANT CREATE ON SCHEMA public TO countersign_operator;
  ALTER FUNCTION resolve_tenant(text) OWNER TO countersign_operator;
  REVOKE CREATE ON SCHEMA public FROM countersign_operator;
END
$$;

-- Operators are users of this tenant. No other tenant can take its slug.
-- The policy is forced, so the row is written as the operator role.
SET LOCAL ROLE countersign_operator;
INSERT INTO tenants (id, slug, name, created_at, updated_at)
VALUES (gen_random_uuid(), 'system', 'Operators', now(), now());
RESET ROLE;
