-- In a service of your own this is a migration.
create table notes (
  id uuid primary key default gen_random_uuid(),
  -- Filled in from the token: a statement need not, and cannot, name anyone else.
  tenant_id text not null default current_setting('app.tenant_id', true),
  user_id text not null default current_setting('app.user_id', true),
  text text not null,
  created_at timestamptz not null default now()
);
create index notes__owner on notes (tenant_id, user_id, created_at desc);

-- FORCE: without it the policy would not bind the table's owner.
alter table notes enable row level security;
alter table notes force row level security;

-- nullif: on a pooled connection a setting that is over reads as '', and '' must equal nothing.
create policy own_notes on notes using (
  tenant_id = nullif(current_setting('app.tenant_id', true), '')
  and user_id = nullif(current_setting('app.user_id', true), '')
);

-- The service works as this role. It owns nothing, so it cannot lift the policy.
do $$
begin
  if not exists (select from pg_roles where rolname = 'notes_app') then
    create role notes_app nologin;
    execute format('grant notes_app to %I', current_user);
  end if;
end
$$;
grant select, insert, delete on notes to notes_app;
