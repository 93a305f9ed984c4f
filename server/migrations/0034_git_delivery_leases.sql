-- Who handles a delivery, and that a body which was signed once counts once: the host's id of a delivery is not signed.

alter table git_deliveries
  add column lease_id uuid,
  add column body_hash bytea not null generated always as (sha256(body)) stored,
  add constraint a_body_is_stored_once unique (git_host_id, body_hash);
