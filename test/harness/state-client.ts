/** A running server and what tests of the state service do with it over and over. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Database } from '../../server/src/db/database.ts'
import { type ServerOptions, startServer, type TestServer } from './server.ts'

export interface OpenUpdate {
  readonly id: string
  readonly lease: string
  /** Its path. */
  readonly U: string
}

export interface StateClient {
  readonly server: TestServer
  readonly db: Database
  readonly call: TestServer['call']
  /** A body to the letter, as the admin or as whoever holds the token. */
  readonly send: (method: string, path: string, body?: string, token?: string) => Promise<Response>
  /** With the token of an update; the body says that it is gzip when it is bytes. */
  readonly leased: (method: string, path: string, lease: string, body: string | Buffer) => Promise<Response>
  /** What a GET answers, to the letter. */
  readonly text: (path: string) => Promise<string>
  /** @returns Its path. */
  readonly makeStack: () => Promise<string>
  /** Creates and starts an update. */
  readonly openUpdate: (stack: string, kind?: string, program?: object, token?: string) => Promise<OpenUpdate>
  readonly importState: (stack: string, body: string) => Promise<void>
  /** Every page of the list of stacks. */
  readonly listAll: (query: string) => Promise<{ names: string[]; pages: number }>
  /** Somebody new, in our organization only with a role. @returns An access token. */
  readonly makeUser: (role?: 'member') => Promise<string>
  /** A running deployment of the stack, as a runner would have it, and its stack token. */
  readonly makeDeployment: (stack: string, operation: string) => Promise<{ id: string; token: string }>
  readonly endDeployment: (id: string) => Promise<void>
}

export async function startStateClient(options: ServerOptions = {}): Promise<StateClient> {
  const server = await startServer(options)
  const db = server.database?.db
  if (!db) throw new Error('These tests look into the database.')
  let stackNumber = 0

  const send: StateClient['send'] = (method, path, body, token = server.adminToken) =>
    fetch(server.url + path, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    })

  return {
    server,
    db,
    call: server.call,
    send,
    leased: (method, path, lease, body) =>
      fetch(server.url + path, {
        method,
        headers: {
          authorization: `update-token ${lease}`,
          'content-type': 'application/json',
          ...(typeof body !== 'string' && { 'content-encoding': 'gzip' }),
        },
        body: typeof body === 'string' ? body : new Uint8Array(body),
      }),
    async text(path) {
      const answer = await send('GET', path)
      expect(answer.status).toBe(200)
      return answer.text()
    },
    async makeStack() {
      stackNumber += 1
      const stackName = `s${stackNumber}`
      const made = await server.call('POST', '/api/stacks/main/p', { stackName })
      expect(made).toMatchObject({ status: 200, body: { messages: [] } })
      return `/api/stacks/main/p/${stackName}`
    },
    async openUpdate(stack, kind = 'update', program = {}, token = server.adminToken) {
      const created = await server.call('POST', `${stack}/${kind}`, program, token)
      expect(created.status, JSON.stringify(created.body)).toBe(200)
      const id: string = created.body.updateID
      const U = `${stack}/update/${id}`
      const started = await server.call('POST', U, { tags: {} }, token)
      expect(started.status, JSON.stringify(started.body)).toBe(200)
      return { id, U, lease: started.body.token }
    },
    async importState(stack, body) {
      const answer = await send('POST', `${stack}/import`, body)
      expect(answer.status).toBe(200)
      const { updateId }: { updateId: string } = JSON.parse(await answer.text())
      const status = await server.call('GET', `${stack}/update/${updateId}`)
      expect(status.body).toEqual({ status: 'succeeded', events: [], continuationToken: null })
    },
    async listAll(query) {
      const names: string[] = []
      let pages = 0
      let token: string | null | undefined
      do {
        const next = token ? `&continuationToken=${encodeURIComponent(token)}` : ''
        const { body } = await server.call('GET', `/api/user/stacks?${query}${next}`)
        names.push(...body.stacks.map(({ stackName }: { stackName: string }) => stackName))
        token = body.continuationToken
        pages += 1
      } while (token !== null)
      return { names, pages }
    },
    makeUser: (role) => makeUser(db, role),
    makeDeployment: (stack, operation) => makeDeployment(db, stack, operation),
    async endDeployment(id) {
      const text =
        "update deployments set status = 'failed', lease_until = null, ended_at = now() where id = $1"
      await db.query(text, [id])
    },
  }
}

async function makeUser(db: Database, role: 'member' | undefined): Promise<string> {
  const id = randomUUID()
  const token = `pul-${randomBytes(20).toString('hex')}`
  await db.query("insert into users (id, login, name) values ($1, $2, '')", [id, `u-${id.slice(0, 8)}0`])
  await db.query('insert into access_tokens (id, user_id, token_hash) values ($1, $2, $3)', [
    randomUUID(),
    id,
    sha256(token),
  ])
  if (role) {
    await db.query(
      "insert into members (organization_id, user_id, role) select id, $1, $2 from organizations where name = 'main'",
      [id, role],
    )
  }
  return token
}

async function makeDeployment(
  db: Database,
  stack: string,
  operation: string,
): Promise<{ id: string; token: string }> {
  const id = randomUUID()
  const token = `pul-${randomBytes(20).toString('hex')}`
  await db.query(
    /* sql */ `
    insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger,
                             settings, timeout_seconds, fencing, stack_token_hash, lease_until)
    select $1, s.id, s.organization_id, 1, $2, 'running', p.id, u.id, 'api', '{}', 60, 1, $3, now() + interval '1 minute'
      from stacks s, pools p, users u
     where s.name = $4 and s.project = 'p' and u.login = 'admin' and p.name = 'default'`,
    [id, operation, sha256(token), stack.split('/').at(-1)],
  )
  return { id, token }
}

export function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
