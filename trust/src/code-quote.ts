/** A text inside generated code, such that it is this text and nothing else to the shell, to Terraform and to Pulumi. */

/** One word of a POSIX shell; bare where nothing in it means anything. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A string of Terraform, whose `${` and `%{` would begin a template. */
export function hclString(text: string): string {
  return JSON.stringify(text).replaceAll(/([$%])\{/g, '$1$1{')
}

/** A string of Pulumi's YAML, whose `${` would begin an interpolation. */
export function pulumiString(text: string): string {
  return JSON.stringify(text).replaceAll('${', () => '$${')
}

/** Every line of it, this far to the right. */
export function indented(text: string, spaces: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(spaces))
}
