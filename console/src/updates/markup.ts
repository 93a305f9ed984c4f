/** The engine marks colors in its messages; a log has escape sequences of terminals. Here one becomes the other. */
const MARK = /<\{%(reset|bold|underline|fg \d{1,3}|bg \d{1,3})%\}>/g
/** Any other mark is a word of the engine's, too, and none of the message. */
const OTHER = /<\{%[^%{}<>]{0,40}%\}>/g

export function ansiOf(text: string): string {
  return text.replace(MARK, (_whole, word: string) => `\u001b[${codeOf(word)}m`).replace(OTHER, '')
}

function codeOf(word: string): string {
  if (word === 'reset') return '0'
  if (word === 'bold') return '1'
  if (word === 'underline') return '4'
  const [ground, number = '0'] = word.split(' ')
  return `${ground === 'fg' ? 38 : 48};5;${number}`
}
