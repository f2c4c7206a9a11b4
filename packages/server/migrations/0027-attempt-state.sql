-- What is known of an attempt to sign in before it is counted. Everything is read from the counters
-- themselves; a captcha is due from those who failed often, and from everybody during an attack.
CREATE FUNCTION attempt_state(
  account text, device bytea, at timestamptz, keys bytea[], captcha_after integer[],
  failed_since timestamptz, attack_since timestamptz, attack_accounts integer,
  attack_sources integer, is_brakable boolean, asks_for_captcha boolean,
  OUT is_known boolean, OUT is_braked boolean, OUT is_captcha_due boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  is_attack boolean := false;
BEGIN
  is_known := is_known_device(account, device, at);
  IF asks_for_captcha OR (is_brakable AND NOT is_known) THEN
    is_attack := is_under_attack(attack_since, attack_accounts, attack_sources);
  END IF;
  is_braked := is_brakable AND NOT is_known AND is_attack;
  is_captcha_due := asks_for_captcha AND (is_attack OR EXISTS (
    SELECT FROM sign_in_failures f
     WHERE f.tenant_id = current_tenant_id() AND f.last_failed_at >= failed_since
       AND ((f.scope = 'device' AND f.key_hash = keys[1] AND f.failures >= captcha_after[1])
            OR (f.scope = 'pair' AND f.key_hash = keys[2] AND f.failures >= captcha_after[2])
            OR (f.scope = 'source' AND f.key_hash = keys[3] AND f.failures >= captcha_after[3]))));
END
$$;
