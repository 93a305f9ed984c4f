/**
 * The shapes in which a secret can turn up in a log: as it is, and as programs encode it on the way.
 */

/** Shorter than this, blotting a value would hide ordinary text and protect nothing that can be called a secret. */
export const SHORTEST_SECRET = 5
/** An encoded piece that is shorter than this would match by accident. */
const SHORTEST_FORM = 6
/** Widths at which `base64` and PEM writers break their lines. */
const WRAP_WIDTHS = [76, 64]

/** Every form of a secret, none of which holds a line break: a secret of several lines is looked for line by line. */
export function formsOf(secret: string): readonly string[] {
  const whole = secret.trim()
  const plain = [secret, whole, ...secret.split(/\r?\n/).map((line) => line.trim())].filter(
    (form) => form.length >= SHORTEST_SECRET,
  )
  const encoded = [...new Set([secret, whole])]
    .filter((text) => text.length >= SHORTEST_SECRET)
    .flatMap((text) => [...base64Forms(text), ...hexForms(text), ...urlForms(text), ...jsonForms(text)])
    .filter((form) => form.length >= SHORTEST_FORM)
  return [...new Set([...plain, ...encoded])].filter((form) => !/[\r\n]/.test(form))
}

/**
 * Base64 of the secret wherever it may begin in the encoded bytes: three alignments, without the characters that
 * also depend on its neighbours.
 */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8')
  const cores = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
  })
  const whole = cores[0] ?? ''
  const wrapped = WRAP_WIDTHS.flatMap((width) => (whole.length > width ? pieces(whole, width) : []))
  const forms = [...cores, ...wrapped]
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))]
}

function pieces(text: string, width: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / width) }, (_, index) =>
    text.slice(index * width, (index + 1) * width),
  )
}

function hexForms(text: string): readonly string[] {
  const hex = Buffer.from(text, 'utf8').toString('hex')
  return [hex, hex.toUpperCase()]
}

/** Encoders differ in what they leave alone: JavaScript `!'()*`, Python `/`, forms a space. */
function urlForms(text: string): readonly string[] {
  const lenient = encodeURIComponent(text.toWellFormed())
  const strict = lenient.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const forms = [lenient, strict].flatMap((form) => [
    form,
    form.replaceAll('%20', '+'),
    form.replaceAll('%2F', '/'),
  ])
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (percent) => percent.toLowerCase()))]
}

/** Once and twice escaped, and as Go's encoder writes `<`, `>` and `&`. */
function jsonForms(text: string): readonly string[] {
  const once = JSON.stringify(text).slice(1, -1)
  const twice = JSON.stringify(once).slice(1, -1)
  const forGo = once.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
  return [once, twice, forGo]
}
