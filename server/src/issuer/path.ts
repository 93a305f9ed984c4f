/** Where the issuer's documents are read. */

/** `/oidc` for an issuer at `<base>/oidc`; the whole path of an issuer whose URL does not lie below the base's path. */
export function pathBelow(baseUrl: string, issuerUrl: string): string {
  const base = folderOf(baseUrl)
  const issuer = folderOf(issuerUrl)
  return issuer === base || issuer.startsWith(`${base}/`) ? issuer.slice(base.length) : issuer
}

/** The path without its trailing slash: `''` for the root. */
function folderOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '')
}
