/** Words for a machine: a command, a body, a policy. Whoever needs them copies them. */
import { ActionIcon, Box, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import classes from './code-text.module.css'

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

/** The button alone, beside a word that stands elsewhere. */
export function Copy({ label, text, className }: Props & { readonly className?: string | undefined }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : 'Copy'} withArrow>
          <ActionIcon
            variant="default"
            onClick={copy}
            aria-label={copied ? 'Copied' : label}
            className={className}
          >
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}
