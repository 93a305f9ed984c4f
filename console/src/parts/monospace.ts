/** For fields that hold what machines read; their labels are for people. */
export const MONOSPACE = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } } as const
