/** What several kinds of host refuse alike. */
import type { HostRefusal } from './adapter.ts'

export const OTHER_FORM: HostRefusal = {
  code: 'HOST_REFUSED',
  sentence: 'The host answered in another form than it documents.',
}

export const TOO_MANY_PULL_REQUESTS: HostRefusal = {
  code: 'HOST_REFUSED',
  sentence: 'There are more open pull requests than this server looks through.',
}

/** Missing where a connection has no token. */
export const NO_TOKEN =
  'Give the connection a token: without one, private repositories cannot be read, nothing is reported on commits and pull requests, and no author of a pull request is known to have write access.'
