-- A reference would lock the organization's row at each end of a deployment, before the end takes a place back from it:
-- with a claim in between, two ends could wait for each other. An organization's deployments take their tallies along.
alter table deployment_tallies drop constraint deployment_tallies_organization_id_fkey;
