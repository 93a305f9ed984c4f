#!/usr/bin/env node
// Plain JavaScript, because it may be started by a Node.js that cannot run TypeScript yet.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ourNode = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Half of the time until an answer would be spent on the same sources again; somebody waits for a completion.
  nodeModule.enableCompileCache(join(homedir(), '.cache', 'daypass', 'compiled'))
  await import(new URL('../src/main.ts', import.meta.url).href)
} else if (existsSync(ourNode)) {
  const child = spawn(ourNode, process.argv.slice(1), { stdio: 'inherit' })
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code) => process.exit(code ?? 1))
} else {
  console.error('daypass: needs Node.js 24; run `npm ci` here first, it brings one along.')
  process.exit(1)
}
