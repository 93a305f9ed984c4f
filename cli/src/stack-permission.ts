/** What one may do with a stack, by the words of the documentation; the API has numbers. */
export const PERMISSIONS = { none: 0, read: 101, write: 102, admin: 103 } as const
export type Permission = keyof typeof PERMISSIONS

export const PERMISSION_WORDS = Object.keys(PERMISSIONS) as Permission[]

export function permissionWord(number: number): string {
  return PERMISSION_WORDS.find((word) => PERMISSIONS[word] === number) ?? String(number)
}
