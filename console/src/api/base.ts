/** Where this console lives: the path of the server's base URL, for example `/` or `/daypass/`. Ends with a slash. */
export const basePath: string = new URL(document.baseURI).pathname.replace(/[^/]*$/, '')

/** The address of something below the base path. @param path without a leading slash */
export function addressOf(path: string): string {
  return `${basePath}${path}`
}
