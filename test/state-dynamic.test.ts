/** A TypeScript program with dynamic resources, run by the real CLI with the program's own dependencies. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeNodeProgram } from './harness/node-program.ts'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

const STACK = '/api/stacks/main/shelf/dev'

/** A file is the resource. Its name replaces it, its text changes it, and whoever takes it away has deleted it. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";

// The types of today's Node.js are none for the compiler that the SDK brings along.
declare const require: (name: string) => any;
const fs = require("fs");
const path = require("path");

interface Shelf { folder: string; name: string; text: string }

const place = (shelf: Shelf): string => path.join(shelf.folder, shelf.name);
const length = (text: string): number => text.length;

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: Shelf) {
    fs.writeFileSync(place(inputs), inputs.text);
    return { id: place(inputs), outs: { ...inputs, length: length(inputs.text) } };
  },
  async diff(_id: string, olds: Shelf, news: Shelf) {
    return {
      changes: olds.name !== news.name || olds.text !== news.text,
      replaces: olds.name !== news.name ? ["name"] : [],
    };
  },
  async update(_id: string, _olds: Shelf, news: Shelf) {
    fs.writeFileSync(place(news), news.text);
    return { outs: { ...news, length: length(news.text) } };
  },
  async read(id: string, props: Shelf) {
    if (!fs.existsSync(id)) return {};
    const text = fs.readFileSync(id, "utf8");
    return { id, props: { ...props, text, length: length(text) } };
  },
  async delete(id: string) {
    fs.rmSync(id, { force: true });
  },
};

class Book extends pulumi.dynamic.Resource {
  public readonly length!: pulumi.Output<number>;
  public readonly text!: pulumi.Output<string>;
  constructor(name: string, props: pulumi.Inputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...props, length: undefined }, opts);
  }
}

const config = new pulumi.Config();
const folder = config.require("folder");
const open = new Book("open", { folder, name: config.require("name"), text: config.require("text") });
const sealed = new Book(
  "sealed",
  { folder, name: "sealed", text: pulumi.interpolate\`\${config.requireSecret("word")} of \${open.length}\` },
  { dependsOn: open },
);
export const lengthOfOpen = open.length;
export const textOfSealed = sealed.text;
`

let server: TestServer
let user: PulumiUser
/** Where the resources lie. */
let shelf: string

beforeAll(async () => {
  server = await startServer()
  user = await pulumiUser({ PULUMI_ACCESS_TOKEN: server.adminToken, PULUMI_BACKEND_URL: server.url })
  shelf = join(dirname(user.project), 'shelf')
  await mkdir(shelf)
  await writeNodeProgram(user.project, 'shelf', PROGRAM)
  await user.ok('stack', 'init', 'main/shelf/dev')
})
afterAll(async () => {
  await user.remove()
  expect(await server.stop()).toBe(0)
})

const book = (name: string) => readFile(join(shelf, name), 'utf8')
const changes = (...args: string[]) => user.ok(...args, '--yes', '--skip-preview')

async function outputs(...flags: string[]): Promise<unknown> {
  return JSON.parse((await user.ok('stack', 'output', '--json', ...flags)).stdout)
}

test('create, update, replace, refresh', async () => {
  const plain = [`folder=${shelf}`, 'name=one', 'text=short'].flatMap((pair) => ['--plaintext', pair])
  await user.ok('config', 'set-all', ...plain, '--secret', 'word=correct horse')
  await changes('up')
  expect([await book('one'), await book('sealed')]).toEqual(['short', 'correct horse of 5'])
  expect(await outputs('--show-secrets')).toEqual({ lengthOfOpen: 5, textOfSealed: 'correct horse of 5' })
  expect(await outputs()).toEqual({ lengthOfOpen: 5, textOfSealed: '[secret]' })

  await user.ok('config', 'set-all', '--plaintext', 'name=two', '--plaintext', 'text=longer')
  const changed = await changes('up')
  expect(changed.output).toContain('~ 1 updated')
  expect(changed.output).toContain('+-1 replaced')
  expect([await book('two'), await book('sealed')]).toEqual(['longer', 'correct horse of 6'])
  await expect(book('one')).rejects.toThrow('ENOENT')

  await rm(join(shelf, 'sealed'))
  await writeFile(join(shelf, 'two'), 'by somebody else')
  const refreshed = await changes('refresh')
  expect(refreshed.output).toContain('~ 1 updated')
  expect(refreshed.output).toContain('- 1 deleted')
  await changes('up')
  expect([await book('two'), await book('sealed')]).toEqual(['longer', 'correct horse of 6'])
})

test('what is stored holds no secret; exported and imported nothing changes; destroyed it is gone', async () => {
  const exported = async () => (await server.call('GET', `${STACK}/export`)).body.deployment
  const stored = JSON.stringify(await exported())
  expect(stored.includes('pulumi-nodejs:dynamic:Resource')).toBe(true)
  expect(stored.includes('correct horse')).toBe(false)
  const file = join(dirname(user.project), 'state.json')
  await user.ok('stack', 'export', '--file', file)
  await user.ok('stack', 'import', '--file', file)
  await user.ok('preview', '--expect-no-changes')
  await changes('destroy')
  expect((await exported()).resources ?? []).toEqual([])
  await expect(book('two')).rejects.toThrow('ENOENT')
})
