/** For `docs/performance.md`. */
export const ABOUT_QUEUE = `
The queue under load: 10,000 deployments queued over 1,000 stacks, and 200 runners that are connected by real HTTP and
whose jobs end at once, so that the queue alone is measured. Server, PostgreSQL, runners and whoever triggers share the machine.

- \`queue-claims\`: claims a second until the 10,000 are done; for each our server answers three requests (claim, start,
  finish), knows the runner's and the job's token, gives the job its settings and two tokens of its own, and writes down usage
  and steps. Beside: \`graphile-worker\`, a queue for Node.js in PostgreSQL that a program calls directly, without HTTP or tokens, with
  a named queue for each stack, so that it keeps to the same order. It drains its 10,000 in turn with ours.
- \`queue-claims-cpu\`: the processor time of our server, or of the peer's process, with that of all of PostgreSQL's, a deployment.
- \`queue-fairness\`: when half of all deployments are claimed, how many the stack that got least has beside the one that got most.
- \`queue-trigger-to-claim-…\`: 50 triggers a second on stacks that are free, from just before the request to the moment at
  which a runner holds the claim.
- \`queue-history-…\`: pages of ten, counts, single deployments and a log, in an installation whose stack has 100,000 deployments beside one
  whose stack has 100, in turn.
- \`queue-log-…\`: 20 jobs write 1,000 lines a second each, as our runner sends them, and a reader follows each. How far the
  reader is behind, from the line in the job to the line at the reader, beside the same reader when it asks every half second, as Pulumi's CLI
  does; and how many lines did not arrive, or not in order.
`
