import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateAwsTrustPolicy } from './aws/generate.ts'
import { awsCommands, awsRoleName } from './aws/generate-formats.ts'
import { hclString, pulumiString, shellWord } from './code-quote.ts'

test('whatever the text, the shell reads it as one word', () => {
  const texts = fc.sample(
    fc.string({ unit: fc.constantFrom("'", '"', '$', '`', '\\', ' ', '\n', 'a', ';', '-') }),
    {
      numRuns: 200,
      seed: 7,
    },
  )
  const said = execFileSync('sh', ['-c', `printf '%s\\0' ${texts.map(shellWord).join(' ')}`], {
    encoding: 'utf8',
  })
  expect(said.split('\0').slice(0, -1)).toEqual(texts)
})

test('nothing in a text begins a template of Terraform or of Pulumi', () => {
  expect(hclString('${a} %{b} "c"')).toBe('"$${a} %%{b} \\"c\\""')
  expect(pulumiString('${a} $b')).toBe('"$${a} $b"')
})

test('the commands of AWS hold the policy whole', () => {
  const input = {
    issuerUrl: 'https://daypass.example.com/oidc',
    accountId: '123456789012',
    audience: "ac'me",
  }
  const stack = { organization: 'acme', project: 'shop', stack: 'dev' }
  const made = generateAwsTrustPolicy({ ...input, stack })
  if (!made.ok) throw new Error(made.refusal.sentence)
  const commands = awsCommands({ ...input, policy: made.policy, roleName: awsRoleName(stack) })
  const said = execFileSync(
    'sh',
    ['-c', `aws() { for one in "$@"; do printf '%s\\0' "$one"; done; }; ${commands}`],
    {
      encoding: 'utf8',
    },
  ).split('\0')
  expect(said).toContain(JSON.stringify(made.policy))
  expect(said).toContain("ac'me")
})
