/** `urn:pulumi:stack::project::parent$type::name`; a name may hold `::`. */
export function partsOfUrn(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = '', ...name] = urn.split('::')
  return { type: types.split('$').at(-1) ?? '', name: name.join('::') || urn }
}

/** `aws:s3/bucket:Bucket` as `s3.Bucket`: what tells types apart on a narrow screen. */
export function shortType(type: string): string {
  const [, module = '', name = ''] = type.split(':')
  const folder = module.split('/')[0] ?? ''
  if (!name) return type
  return folder === 'index' || folder === '' ? name : `${folder}.${name}`
}
