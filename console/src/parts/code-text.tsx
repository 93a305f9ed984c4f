/** Words for a machine: a command, a body, a policy. Whoever needs them copies them. */
import { Box } from '@mantine/core'
import classes from './code-text.module.css'
import { Copy } from './copy-button.tsx'

interface Props {
  /** What it is, for people who do not see it. */
  readonly label: string
  readonly text: string
}

export function CodeText({ label, text }: Props) {
  return (
    <Box className={classes.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach what scrolls */}
      <section className={classes.scroll} tabIndex={0} aria-label={label}>
        <pre className={classes.text}>{text}</pre>
      </section>
      <Copy label={`Copy: ${label}`} text={text} className={classes.copy} />
    </Box>
  )
}
