-- For a batch that issues to a client without asking first: it fails as a whole. A version or a
-- secret that is NULL is not asked for.
CREATE FUNCTION demand_active_client(
  wanted_id uuid, wanted_version integer, wanted_secret_hash bytea, at timestamptz
) RETURNS void LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, public
  AS $$
BEGIN
  PERFORM FROM public.oauth_clients c
    WHERE c.tenant_id = public.current_tenant_id() AND c.id = wanted_id AND c.status = 'active'
      AND (wanted_version IS NULL OR c.version = wanted_version)
      AND (wanted_secret_hash IS NULL OR EXISTS (
            SELECT FROM public.oauth_client_secrets s
             WHERE s.tenant_id = public.current_tenant_id() AND s.client_id = c.id
               AND s.secret_hash = wanted_secret_hash
               AND (s.expires_at IS NULL OR s.expires_at > at)));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'client not active' USING ERRCODE = 'CS003';
  END IF;
END
$$;
