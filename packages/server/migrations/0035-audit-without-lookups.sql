-- The reference cost a look-up and a lock of the tenant's row for each audit event, a fifth of a
-- refresh. What it guarded stays true: a row is written under `enter_tenant`, which fails for a tenant
-- that does not exist, and the policy lets it be of that tenant only. No role of ours deletes tenants.
ALTER TABLE audit_events DROP CONSTRAINT audit_events_tenant_id_fkey;

-- Every token is written once more, when it is used. Room in its page lets that leave the indexes alone.
ALTER TABLE refresh_tokens SET (fillfactor = 60);
