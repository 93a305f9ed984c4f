/** What a command ends with. Scripts test them, so none ever changes its meaning. */
export const EXIT = {
  done: 0,
  failed: 1,
  misused: 2,
  unreachable: 3,
  notAllowed: 4,
  notFound: 5,
  late: 6,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** One line each, for `--help` and the reference. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.done]: 'done',
  [EXIT.failed]: 'the server refused, or it failed',
  [EXIT.misused]: 'wrongly called: nothing was done',
  [EXIT.unreachable]: 'no answer from the server',
  [EXIT.notAllowed]: 'not logged in, or not allowed',
  [EXIT.notFound]: 'there is no such thing, or you may not see it',
  [EXIT.late]: 'the time of --timeout was over',
  [EXIT.interrupted]: 'interrupted',
}
