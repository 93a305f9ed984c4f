/** For `docs/performance.md`. */
export const ABOUT_DEPLOYMENT = `
A whole deployment of a small program, from the request to its end, beside a shell script that clones and runs \`pulumi\`
itself; how soon an idle runner has a deployment; and what server and runner use while nothing happens.
`
