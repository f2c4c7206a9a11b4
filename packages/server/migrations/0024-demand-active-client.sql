-- For a batch that issues to a client without asking first: it fails as a whole.
CREATE FUNCTION demand_active_client(wanted_id uuid) RETURNS void LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, public
  AS $$
BEGIN
  PERFORM FROM public.oauth_clients
    WHERE tenant_id = public.current_tenant_id() AND id = wanted_id AND status = 'active';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'client not active' USING ERRCODE = 'CS003';
  END IF;
END
$$;
