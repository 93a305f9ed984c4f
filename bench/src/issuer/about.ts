/** For `docs/performance.md`. */
export const ABOUT_ISSUER = `
Tokens a second through HTTP, with 64 connections: ours with the look at the job's lease and the audit record that is durable
before the token leaves, beside \`oidc-provider\` with everything in memory, and beside bare RS256 signatures. Whoever is
measured has one core for itself; PostgreSQL and the load have the other. The line \`issuer-without-audit\` shows what the
record costs.
`
