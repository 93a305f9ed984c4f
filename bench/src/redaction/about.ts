/** For `docs/performance.md`. */
export const ABOUT_REDACTION = `
How many megabytes a second of a deployment's output are searched for its secrets, in all forms in which they may turn up: by the
runner in the log, and by the server in engine events, where it knows fingerprints only. Beside both, one regular expression of
all forms, which is what a script that masks its log would use; it also has to know the secrets.
`
