/** For `docs/performance.md`. */
export const ABOUT_CONSOLE = `
The console in a real Chromium on the same machine, which shares its two cores with the server and the database. \`javascript\`: what the first page after
the sign-in has loaded, each file compressed by gzip. \`interactive\`: from the first byte asked for to a sign-in field that takes a letter.
\`10000-stacks\`: from opening the list of 10,000 stacks to its first rows on the screen. \`log-line-p99\`: from the moment a job
prints a line to the frame that shows it on a deployment's page, while 50 deployments print 10 lines a second each and are followed, three of them in the
browser; beside it, the same lines by a page that would ask every second, before it has drawn them. \`click-to-result\`: from the click on Deploy to the
page of the new deployment.
`
