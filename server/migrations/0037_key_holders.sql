-- Who holds the private part of a key that signs: its row, sealed by the master key, or a PKCS #11 token. What the row
-- seals of the latter is where the token has it. A retired key signs no more, so neither is kept of it.
alter table signing_keys
  add column held_by text not null default 'database' check (held_by in ('database', 'pkcs11')),
  alter column sealed_private_key drop not null,
  add constraint signing_keys_kept_until_retired check (sealed_private_key is not null or retired_at is not null);
