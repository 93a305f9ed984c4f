/** For `docs/performance.md`. */
export const ABOUT_GIT_RULES = `
How much processor time one push to a monorepo takes to decide: 300 changed files, 500 stacks with path filters of their own, read from their saved
settings each time. \`folders\`: each stack has its own folder, three that many share, and two excludes. \`wildcards\`: globs that begin with \`**\`
and match nothing, so that each is held against each file. Beside it, picomatch, which is what most programs for Node.js would use: each stack's filters
compiled once an event, and asked for each file until one passes.
`
