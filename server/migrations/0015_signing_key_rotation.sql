-- Why a signing key went. A key that was revoked must be told from one whose time was over: what it signed is not to be believed.

alter table signing_keys add column retired_because text check (retired_because in ('superseded', 'revoked'));
update signing_keys set retired_because = 'superseded' where retired_at is not null;
alter table signing_keys add constraint signing_keys_retired_for_a_reason
  check ((retired_at is null) = (retired_because is null));
