import { createTheme, DEFAULT_THEME, type MantineColorsTuple } from '@mantine/core'

/** Mantine's, with the two shades that buttons have darkened until white words on them can be read (4.5:1). */
const red = DEFAULT_THEME.colors.red.with(7, '#d63031').with(8, '#d02f2f') as unknown as MantineColorsTuple

export const theme = createTheme({
  primaryColor: 'indigo',
  colors: { red },
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '600' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  // Contrast of 4.5 or more for words in the primary color, in both schemes.
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  components: {
    ModalCloseButton: { defaultProps: { 'aria-label': 'Close' } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    // The page has one banner already.
    ModalHeader: { defaultProps: { role: 'presentation' } },
  },
})
