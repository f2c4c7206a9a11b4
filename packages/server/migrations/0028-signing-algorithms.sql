-- RFC 8725bis §3.1: one key, one algorithm, of those that we know. `alg` of the published key has to
-- agree, and its type has to fit; the unique indexes by algorithm were there before.
ALTER TABLE signing_keys ADD CONSTRAINT signing_keys__algorithm
  CHECK (algorithm IN ('ES256', 'PS256', 'RS256', 'EdDSA'));
ALTER TABLE signing_keys ADD CONSTRAINT signing_keys__public_jwk
  CHECK (public_jwk ->> 'alg' IS NOT DISTINCT FROM algorithm
         AND public_jwk ->> 'kty' IS NOT DISTINCT FROM CASE algorithm
               WHEN 'ES256' THEN 'EC' WHEN 'EdDSA' THEN 'OKP' ELSE 'RSA' END);
