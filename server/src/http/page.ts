/** Pages for browsers until the console has them: without a script, and with nothing from elsewhere. */
import { hash } from 'node:crypto'

export interface Page {
  readonly html: string
  readonly contentSecurityPolicy: string
}

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#222;background:#fff}' +
  'label,input,button{display:block;font:inherit}input{width:100%;box-sizing:border-box;margin:.25rem 0 1rem;padding:.5rem}' +
  'button{padding:.5rem 1rem}code{overflow-wrap:anywhere}[role=alert]{color:#a40000}'
const STYLE_HASH = hash('sha256', STYLE, 'base64')

/**
 * @param body HTML; whatever is not ours in it is {@link escaped}
 * @param formTargets where its form may go, as in a content security policy
 */
export function page(title: string, body: string, formTargets: string): Page {
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)} · Daypass</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`,
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formTargets}; frame-ancestors 'none'; base-uri 'none'`,
  }
}

export function messagePage(title: string, sentence: string): Page {
  return page(title, `<p>${escaped(sentence)}</p>`, "'none'")
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '')
}
