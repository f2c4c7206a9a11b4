-- A client that describes itself by a document: its `client_id` is the address of that, and our id is
-- made from the address. draft-ietf-oauth-client-id-metadata-document.
ALTER TABLE oauth_clients ADD COLUMN document_url text;
ALTER TABLE oauth_clients ADD CONSTRAINT oauth_clients__document_url UNIQUE (tenant_id, document_url);
