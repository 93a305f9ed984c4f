#!/usr/bin/env node
// Plain JavaScript, because it may be started by a Node.js that cannot run TypeScript yet.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = new URL('../src/main.ts', import.meta.url)
const ourNode = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(main.href)
} else if (existsSync(ourNode)) {
  const child = spawn(ourNode, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code) => process.exit(code ?? 1))
} else {
  console.error('daypass: needs Node.js 24; run `npm ci` here first, it brings one along.')
  process.exit(1)
}
