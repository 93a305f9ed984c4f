/** The three things that every cloud compares letter by letter, and where it fetches the keys. */
import { Code, Group, Stack, Text } from '@mantine/core'
import { Copy } from '../parts/copy-button.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import type { StackTrust } from './trust.ts'

export function IssuerFacts({ trust: { issuer, audience, subjects } }: { readonly trust: StackTrust }) {
  return (
    <Facts>
      <Fact name="Issuer (iss)">
        <Exact what="the issuer" text={issuer} />
      </Fact>
      <Fact name="Audience (aud)">
        <Exact what="the audience" text={audience} />
      </Fact>
      <Fact name="Subject (sub)">
        <Stack gap="xs">
          {subjects.map(({ operation, subject }) => (
            <div key={operation}>
              <Text size="xs" c="dimmed">
                {operation}
              </Text>
              <Exact what={`the subject of ${operation}`} text={subject} />
            </div>
          ))}
        </Stack>
      </Fact>
      <Fact name="Discovery">
        <Exact what="the address of discovery" text={`${issuer}/.well-known/openid-configuration`} />
      </Fact>
      <Fact name="Keys (JWKS)">
        <Exact what="the address of the keys" text={`${issuer}/.well-known/jwks`} />
      </Fact>
    </Facts>
  )
}

function Exact({ what, text }: { readonly what: string; readonly text: string }) {
  return (
    <Group gap="xs" wrap="nowrap" justify="space-between">
      <Code style={{ overflowWrap: 'anywhere', minWidth: 0 }}>{text}</Code>
      <Copy label={`Copy ${what}`} text={text} />
    </Group>
  )
}
