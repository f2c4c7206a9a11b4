-- Every node keeps signing keys in memory. This counter says whether they are those of now, and comes
-- with the tenant, which a node looks up again each second anyway. See docs/decisions/0051.
ALTER TABLE tenants ADD COLUMN signing_keys_version integer NOT NULL DEFAULT 0;

-- In the transaction of the change, whatever statement makes it. The tenant is that of the row, which
-- the policy of signing_keys lets be the entered one only. Nothing else of the tenant changes by it,
-- and no other row waits for it: references to the tenant are checked beside it.
CREATE FUNCTION raise_signing_keys_version() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public
  AS $$
BEGIN
  UPDATE public.tenants SET signing_keys_version = signing_keys_version + 1
   WHERE id IN (OLD.tenant_id, NEW.tenant_id);
  RETURN NULL;
END
$$;
CREATE TRIGGER signing_keys__version AFTER INSERT OR UPDATE OR DELETE ON signing_keys
  FOR EACH ROW EXECUTE FUNCTION raise_signing_keys_version();

-- Attack: a table of the application's own fires it, for rows that name other tenants.
REVOKE ALL ON FUNCTION raise_signing_keys_version() FROM PUBLIC;
-- The application may not write tenants, so the function belongs to the operator role, as in 0001.
DO $$
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_operator;
  ALTER FUNCTION raise_signing_keys_version() OWNER TO countersign_operator;
  REVOKE CREATE ON SCHEMA public FROM countersign_operator;
END
$$;
