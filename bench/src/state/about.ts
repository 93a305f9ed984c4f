/** For `docs/performance.md`. */
export const ABOUT_STATE = `
A project of so many resources (\`pulumi:index:Stash\`, so that no provider's time is measured, each with about 2.7 kB
of state, as an ordinary cloud resource has) goes through \`up\`, an
\`up\` without changes, \`preview\` and \`destroy\`, once on our server and once on the CLI's own \`file://\` backend, in turn;
the medians of five rounds (\`--rounds\`) are compared. Server, PostgreSQL and CLI share the machine.

- **What the CLI itself adds.** It gathers journal entries for 50 ms before it sends them, and its steps wait for that:
  8 times for one resource, 132 times for 500. No server can make such an \`up\` quicker than that. The lines
  \`…-with-batches-of-5-ms\` are the same command with \`PULUMI_JOURNALING_BATCH_PERIOD=5\`, which deployments
  have, and which you can set too when your server is near. The file backend waits for nothing and writes the whole state at each step: the larger the stack, the
  worse for it.
- \`state-waiting-…\`: the time in which at least one request of the CLI had no whole answer, counted by a proxy between
  the two, over the whole time of the \`up\`. The CLI's setting is the default one there.
- \`state-cpu-…\`: the processor time of the server's process during such an \`up\`, with that of all of PostgreSQL's processes beside.
- \`state-append-…\`: one durable append to a journal, as its client sees it: gzip, one request after the other, answered after
  the commit. The last four lines compare a journal of more than 3,000 requests, and one over a state of 10 MB, with a
  fresh one, in turn: the medians of the time, and of the processor time of server and PostgreSQL together.
- \`state-memory-…\`: the largest resident memory of the server while it takes one state of 100 MB.
- \`state-list-…\`: a page of five out of 10,000, in an installation beside another one that has 10.
`
