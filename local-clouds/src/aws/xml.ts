/** The XML in which AWS STS answers (Query protocol, version 2011-06-15). */
import { faultOf, type StsError } from './sts-error.ts'

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

export interface XmlElements {
  readonly [name: string]: string | number | XmlElements | undefined
}

export function resultXml(action: string, result: XmlElements, requestId: string): string {
  return documentXml(`${action}Response`, {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  })
}

export function errorXml(error: StsError, requestId: string): string {
  const { code, message } = error
  return documentXml('ErrorResponse', {
    Error: { Type: faultOf(error), Code: code, Message: message },
    RequestId: requestId,
  })
}

function documentXml(root: string, elements: XmlElements): string {
  return `<${root} xmlns="${NAMESPACE}">\n${elementsXml(elements, '  ')}</${root}>\n`
}

function elementsXml(elements: XmlElements, indent: string): string {
  return Object.entries(elements)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      typeof value === 'object'
        ? `${indent}<${name}>\n${elementsXml(value, `${indent}  `)}${indent}</${name}>\n`
        : `${indent}<${name}>${escapeXml(String(value))}</${name}>\n`,
    )
    .join('')
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Characters that XML 1.0 cannot hold at all are answered with a question mark. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (char) => ESCAPES[char] ?? char)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?')
}
