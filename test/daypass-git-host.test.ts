/** `daypass connect` and `daypass git-host` against a real server, and a host that answers as Gitea does. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { walk } from './harness/daypass-steps.ts'
import { startServer, type TestServer } from './harness/server.ts'

let server: TestServer
let host: Server
let url: string
beforeAll(async () => {
  server = await startServer({ flags: ['--allow-private-git-hosts'] })
  host = createServer((request, response) => {
    const isKnown = request.headers.authorization === 'token good-token' && request.url === '/api/v1/user'
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isKnown ? { login: 'daypass-bot' } : { message: 'token is invalid' }))
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
})
afterAll(async () => {
  host.close()
  expect(await server.stop()).toBe(0)
})

test('the life of a connection, from the command that makes it to the one that ends it', async () => {
  const delivery = { event: 'ping', state: 'handled', attempts: expect.any(Number) }
  await walk(
    [
      { run: 'git-host list', shows: /^No git hosts\. Connect one with `daypass connect`/ },
      { run: 'connect nonsense', code: 2, says: /Allowed choices are github-app, github/ },
      { run: 'connect github-app --app-id 7', code: 2, says: /makes one; by hand:\n\n1\. Open/ },
      { run: 'connect gitea', code: 1, says: /webUrl is missing/ },
      {
        run: `connect gitea --url ${url} --host-token-file - --repository acme/*`,
        as: { input: 'good-token\n' },
        shows:
          /^Connected gitea[\s\S]*At the host:\n1\. Open http[\s\S]*Webhook secret: {2}[0-9a-f]{64}[\s\S]*knows us as daypass-bot[\s\S]*✓ A signed test event reached/,
      },
      { run: `connect gitea --url ${url}`, code: 1, says: /gitea/ },
      { run: 'git-host list', shows: /^NAME +KIND[^\n]*\ngitea +gitea +http:\/\/127/ },
      { run: 'git-host show gitea', shows: /repositories +acme\/\*\n/ },
      { run: 'git-host test gitea', json: { identity: 'daypass-bot', missing: [] } },
      { run: 'git-host edit gitea', code: 2, says: /say what to change/ },
      { run: 'git-host edit gitea --host-token-file -', as: { input: 'bad-token\n' }, shows: /kind +gitea/ },
      {
        run: 'git-host test gitea',
        code: 1,
        shows: /does not take our credential/,
        says: /something is missing/,
      },
      { run: 'git-host new-secret gitea', shows: /shown only now:\n\n[0-9a-f]{64}\n$/ },
      {
        run: 'git-host deliveries gitea',
        keep: (json) => ({ id: json.deliveries[0].id }),
        json: { deliveries: [expect.objectContaining(delivery)] },
      },
      {
        run: 'git-host delivery gitea {id}',
        shows: /event +ping[\s\S]*x-gitea-event +ping[\s\S]*A test event of daypass/,
      },
      { run: 'git-host redeliver gitea {id}', shows: /handled once more/ },
      { run: 'git-host redeliver gitea none', code: 5, says: /no such delivery/i },
      { run: 'git-host approve gitea acme/web 7 abc123', code: 2, says: /whole commit/ },
      { run: `git-host approve gitea acme/web 0 ${'a'.repeat(40)}`, code: 2, says: /the number/ },
      { run: `git-host approve gitea acme/web 7 ${'a'.repeat(40)}`, code: 1, says: /credential \(401\)/ },
      { run: 'git-host remove gitea', code: 2, says: /give --yes/ },
      { run: 'git-host remove gitea --yes', json: { removed: 'gitea' } },
      { run: 'git-host show gitea', code: 5, says: /no git host/ },
    ],
    { server },
  )
})

test('a webhook address that nothing reaches is said, and the connection is made all the same', async () => {
  const away = { ...server, url: server.url }
  await walk(
    [
      {
        run: 'connect custom --name own --url https://git.example.com',
        shows: /X-Generic-VCS-Signature[\s\S]*✓ A signed test event/,
      },
      { run: 'git-host deliveries own', shows: /event must be push or tag_push|commit must be/ },
    ],
    { server: away },
  )
})
