-- What the Pulumi CLI tells of a running update: a row for each request of journal entries.
-- Gone when the update ends: then the state that they make stands in `states`.

create table journal_entries (
  update_id          uuid not null references updates on delete cascade,
  -- The least of the request's sequence numbers: rows lie nearly in the order of replay.
  first_sequence_id  bigint not null check (first_sequence_id > 0),
  -- Of all sequence numbers in the request: the same request again is the same row, any other has its own.
  sequence_digest    bytea not null check (octet_length(sequence_digest) = 16),
  -- `{"entries": […]}` as it was sent, gzip.
  body               bytea not null,
  primary key (update_id, first_sequence_id, sequence_digest)
  -- Without it PostgreSQL tries to compress each body above 2 kB once more, at every insert.
) with (toast_tuple_target = 8160);
alter table journal_entries alter column body set storage external;
