-- Where relying parties read the keys at a mirror: who publishes there, what came of it, and what was seen there when.

alter table mints drop constraint mints_purpose_check;
alter table mints add constraint mints_purpose_check check (purpose in ('exchange', 'job', 'publish'));

create table issuer_publishers (
  target         text primary key,
  -- One server publishes at a time, and no longer than its lease.
  lease_id       uuid,
  leased_until   timestamptz,
  due_at         timestamptz not null default now(),
  -- Of the last attempt: other documents than these are due at once.
  tried_digest   text,
  -- What was seen there last.
  digest         text,
  seen_at        timestamptz,
  seen_by        text check (seen_by in ('issuer-url', 'target')),
  failures       integer not null default 0 check (failures >= 0),
  failing_since  timestamptz,
  failure_code   text,
  failure        text,
  check ((lease_id is null) = (leased_until is null)),
  check ((seen_at is null) = (digest is null) and (seen_at is null) = (seen_by is null)),
  check ((failing_since is null) = (failures = 0) and (failing_since is null) = (failure is null)),
  check ((failure is null) = (failure_code is null))
);

create table issuer_publications (
  id            bigint generated always as identity primary key,
  target        text not null,
  digest        text not null,
  kids          text[] not null check (cardinality(kids) > 0),
  published_at  timestamptz not null default clock_timestamp()
);
create index issuer_publications_by_target on issuer_publications (target, id desc);
