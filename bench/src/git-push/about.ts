/** For `docs/performance.md`. */
export const ABOUT_GIT_PUSH = `
How soon a runner that waits has the deployment of a push: from the first byte of the git host's webhook to the claim, with 20 pushes a second to 60
stacks of as many repositories. Beside it, how long the host waits for its answer, by when the push is stored.
`
