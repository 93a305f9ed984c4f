-- Seals over the record of mints: who can rewrite rows cannot rewrite the heads that were printed.

create table mint_blocks (
  number         bigint primary key check (number > 0),
  last_seq       bigint not null unique,
  leaves         bytea not null check (octet_length(leaves) > 0 and octet_length(leaves) % 32 = 0),
  root           bytea not null check (octet_length(root) = 32),
  previous_head  bytea not null unique check (octet_length(previous_head) = 32),
  head           bytea not null unique check (octet_length(head) = 32),
  -- Seconds since 1970: it is part of what is signed, so nothing may round it.
  sealed_at      bigint not null,
  public_key     bytea not null check (octet_length(public_key) = 32),
  signature      bytea not null check (octet_length(signature) = 64)
);
