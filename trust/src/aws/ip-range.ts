/**
 * Addresses and ranges as conditions on `aws:SourceIp` write them: `203.0.113.0/24`, `2001:db8::/32`, or one address.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
 */

interface IpAddress {
  readonly bits: bigint
  readonly size: 32 | 128
}

export interface IpRange extends IpAddress {
  readonly prefix: number
}

/** Undefined for what AWS would not take. */
export function parseIpRange(text: string): IpRange | undefined {
  const [, written = '', length] = /^([^/]+?)(?:\/([0-9]{1,3}))?$/.exec(text) ?? []
  const address = parseIpAddress(written)
  const prefix = length === undefined ? address?.size : Number(length)
  return address && prefix !== undefined && prefix <= address.size ? { ...address, prefix } : undefined
}

export function parseIpAddress(text: string): IpAddress | undefined {
  const bits = text.includes(':') ? bitsOf6(text) : bitsOf4(text)
  return bits === undefined ? undefined : { bits, size: text.includes(':') ? 128 : 32 }
}

/** An address of one family is in no range of the other. */
export function isInRange({ bits, size }: IpAddress, range: IpRange): boolean {
  const rest = BigInt(size - range.prefix)
  return size === range.size && bits >> rest === range.bits >> rest
}

function bitsOf4(text: string): bigint | undefined {
  const parts = text.split('.')
  const isWhole =
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  return isWhole ? parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n) : undefined
}

/** `::` once, for as many zeros as are missing; the last two groups may be an IPv4 address. */
function bitsOf6(text: string): bigint | undefined {
  const [, head = '', last = ''] = /^(.*:)([0-9.]*\.[0-9.]*)$/.exec(text) ?? []
  const four = last === '' ? undefined : bitsOf4(last)
  if (last !== '' && four === undefined) return undefined
  const groups =
    four === undefined ? text : `${head}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`
  const [before = '', after, ...more] = groups.split('::')
  if (more.length > 0) return undefined
  const left = before === '' ? [] : before.split(':')
  const right = after === undefined || after === '' ? [] : after.split(':')
  const missing = 8 - left.length - right.length
  if (after === undefined ? missing !== 0 : missing < 1) return undefined
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  return all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
    : undefined
}
