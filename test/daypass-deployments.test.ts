/** `daypass` where deployments are concerned, against a real server: queue, pause, wait, schedules, webhooks, usage. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daypass } from './harness/daypass.ts'
import { walk } from './harness/daypass-steps.ts'
import { type Receiver, startReceiver } from './harness/receiver.ts'
import { startServer, type TestServer } from './harness/server.ts'

const DEPLOYMENTS = '/api/stacks/main/web/dev/deployments'
const ID = expect.stringMatching(/^[0-9a-f-]{36}$/)

let server: TestServer
let receiver: Receiver
/** The folder of the project "web". */
let folder: string

beforeAll(async () => {
  server = await startServer({ flags: ['--allow-private-webhooks'], runnerToken: true })
  receiver = await startReceiver()
  folder = await mkdtemp(join(tmpdir(), 'daypass-cli-'))
  await writeFile(join(folder, 'Pulumi.yaml'), 'name: web\nruntime: yaml\n')
  await mkdir(join(folder, 'below'))
  await server.call('POST', '/api/stacks/main/web', { stackName: 'dev' })
  await server.call('PUT', `${DEPLOYMENTS}/settings`, {
    sourceContext: { git: { repoUrl: 'https://git.example.com/team/app.git', branch: 'main' } },
  })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await receiver.close()
  expect(await server.stop()).toBe(0)
})

async function asJob(path: string, token: string, body: object) {
  const answer = await fetch(`${server.url}/api/daypass/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status, path).toBeLessThan(300)
  return answer.status === 204 ? undefined : answer.json()
}

/** As a runner does it, as far as the server sees. */
async function takeNext(): Promise<string> {
  const runner = { runnerName: 'r1', runnerVersion: '1', launcher: 'plain', waitSeconds: 10 }
  const { jobToken } = (await asJob('runner/claim', server.runnerToken, runner)) as { jobToken: string }
  await asJob('job/start', jobToken, {})
  return jobToken
}

async function deploy(): Promise<string> {
  const asked = await server.call('POST', DEPLOYMENTS, { operation: 'update', inheritSettings: true })
  expect(asked.status).toBe(202)
  return asked.body.id
}

test('a deployment in the queue, paused, waited for, and ended', async () => {
  const id = await deploy()
  const wait = `deployment wait ${id} --timeout`
  await walk(
    [
      { run: 'queue', shows: /^STACK .*\nweb\/dev +1 +update +not-started .* Waits: no runner of the pool/ },
      { run: 'pause -s dev', json: { paused: true, organization: 'main', project: 'web', stack: 'dev' } },
      { run: 'queue -s dev', shows: /^Paused: nothing begins until `daypass resume`\.\n\nSTACK/ },
      { run: 'queue --org main', shows: /Waits: the deployments of this stack are paused/ },
      {
        run: `${wait} 1s -s dev`,
        code: 6,
        says: /main\/web\/dev 1: Waits: the deployments.*\n.*--timeout is/,
      },
      { run: 'pause --org main', shows: /Deployments of the organization main are paused\./ },
      { run: 'resume -s dev', shows: /go on/ },
      { run: 'queue', json: expect.objectContaining({ paused: true, total: 1 }) },
      { run: 'resume --org main', json: { paused: false, organization: 'main' } },
      { run: `${wait} soon -s dev`, code: 2, says: /length of time such as/ },
      { run: 'deployment wait 7 -s dev', code: 5, says: /no such deployment/ },
      { run: 'pause -s none', code: 5, says: /no stack/i },
      { run: 'pause --org nobodys', code: 5, says: /no organization named nobodys/ },
      { run: 'pause -s dev --org main', code: 2, says: /exclude each other/ },
    ],
    { server, folder },
  )

  const waiting = daypass(['deployment', 'wait', '1', '-s', 'dev', '--json'], { server, folder })
  const token = await takeNext()
  await server.database?.db.query("update deployments set started_at = started_at - interval '90 s'")
  await asJob('job/finish', token, { result: 'succeeded', failure: null })
  expect(await waiting).toMatchObject({ code: 0, json: { id, status: 'succeeded', version: 1 } })

  const failing = await deploy()
  const watched = daypass(['deployment', 'wait', failing, '-s', 'main/web/dev'], { server })
  await asJob('job/finish', await takeNext(), {
    result: 'failed',
    failure: { code: 'step_failed', message: 'It broke: mend it.' },
  })
  const broken = await watched
  expect(broken).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('It broke: mend it. [step_failed]'),
  })
  await walk([{ run: 'queue', shows: /^Nothing waits, and nothing runs\.\n$/ }], { server })
})

test('which stack is meant is found as by the pulumi CLI', async () => {
  const below = join(folder, 'below')
  await walk(
    [
      { run: 'schedule list', code: 2, says: /say which stack/ },
      { run: 'schedule list', as: { env: { PULUMI_STACK: 'dev' } }, shows: /^No schedules/ },
      { run: 'schedule list -s dev', as: { folder: below }, shows: /^No schedules/ },
      { run: 'schedule list -s main/dev', shows: /^No schedules/ },
      { run: 'schedule list -s main/web/dev', as: { folder: tmpdir() }, shows: /^No schedules/ },
      {
        run: 'schedule list -s dev',
        as: { folder: tmpdir() },
        code: 2,
        says: /no Pulumi.yaml here or above/,
      },
      { run: 'schedule list -s a/b/c/d', code: 2, says: /names no stack/ },
      { run: 'schedule list -s main/../dev', code: 2, says: /is no name/ },
    ],
    { server, folder },
  )
})

test('schedules', async () => {
  const create = 'schedule create -s dev'
  await writeFile(join(folder, 'request.json'), '{"operation":"preview","inheritSettings":true}')
  await writeFile(join(folder, 'broken.json'), '{"operation"')
  await walk(
    [
      { run: `${create} --operation update`, code: 2, says: /say when/ },
      { run: `${create} --cron @daily`, code: 2, says: /say what/ },
      { run: `${create} --cron @daily --once 2030-01-01T00:00:00Z`, code: 2, says: /cannot be used with/ },
      { run: `${create} --cron @daily --operation up`, code: 2, says: /Allowed choices are preview, update/ },
      {
        run: `${create} --kind drift --once 2030-01-01T00:00:00Z`,
        code: 2,
        says: /--once is not for --kind/,
      },
      { run: `${create} --kind ttl --cron @daily`, code: 2, says: /--cron is not for --kind ttl/ },
      { run: `${create} --cron never --operation update`, code: 1, says: /must be a cron expression/ },
      {
        run: `${create} --cron @daily --operation update --time-zone Mars/Base`,
        code: 1,
        says: /no time zone/,
      },
      { run: `${create} --cron @daily --request broken.json`, code: 2, says: /must be a JSON object/ },
      { run: `${create} --cron @daily --request none.json`, code: 2, says: /cannot read the request/ },
      {
        run: `${create} --cron @daily --operation update --time-zone Europe/Berlin`,
        json: expect.objectContaining({ id: ID, scheduleCron: '@daily', timeZone: 'Europe/Berlin' }),
        keep: ({ id }) => ({ id }),
      },
      {
        run: `${create} --once 2090-12-31T23:59:00Z --request request.json`,
        shows: /once 2090-12-31 23:59:00/,
      },
      { run: `${create} --kind drift --cron @hourly --auto-remediate`, shows: /operation +detect-drift/ },
      {
        run: `${create} --kind ttl --once 2090-12-31T23:59:00Z --delete-after-destroy`,
        json: expect.objectContaining({ scheduleOnce: '2090-12-31 23:59:00' }),
      },
      { run: 'schedule list -s dev', shows: /^ID +WHEN +OPERATION.*\n(?:.+\n){4}$/ },
      { run: 'schedule pause {id} -s dev', shows: /paused +yes/ },
      { run: 'schedule list -s dev', shows: /@daily Europe\/Berlin +update +paused +admin/ },
      { run: 'schedule resume {id} -s dev', json: expect.objectContaining({ paused: false }) },
      { run: 'schedule show {id} -s dev', shows: /next +2/ },
      { run: 'schedule history {id} -s dev', shows: /^It has not run yet/ },
      { run: 'schedule delete {id} -s dev', code: 2, says: /give --yes/ },
      { run: 'schedule delete {id} -s dev -y', json: { deleted: ID } },
      { run: 'schedule delete {id} -s dev -y', code: 5, says: /no schedule with this id/ },
      { run: 'schedule history {id} -s dev', code: 5, says: /no schedule with this id/ },
    ],
    { server, folder },
  )
})

test('webhooks, whose secrets are in no argument', async () => {
  await writeFile(join(folder, 'secret'), 'hush\n')
  await writeFile(join(folder, 'url'), `${receiver.url}/services/T0/B0/credential\n`)
  await writeFile(join(folder, 'two-lines'), 'a\nb\n')
  const create = 'webhook create -s dev'
  await walk(
    [
      { run: `${create}`, code: 2, says: /say where to/ },
      { run: `${create} --url ${receiver.url} --secret-file two-lines`, code: 2, says: /must be one line/ },
      { run: `${create} --url ${receiver.url} --secret-file none`, code: 2, says: /cannot read the secret/ },
      { run: `${create} --url ${receiver.url} --format xml`, code: 2, says: /Allowed choices are raw/ },
      { run: `${create} --url ${receiver.url} --event nothing`, code: 1, says: /nothing/ },
      {
        run: `${create} --name ci --url ${receiver.url}/ci --secret-file secret --event update_failed --event update_succeeded`,
        json: expect.objectContaining({
          name: 'ci',
          hasSecret: true,
          filters: ['update_failed', 'update_succeeded'],
        }),
      },
      { run: 'webhook create --org main --name chat --url-file url --group deployments', shows: /Made the/ },
      {
        run: 'webhook list -s dev',
        shows: /^NAME .*\nci +ci +yes +raw +127\.0\.0\.1:\d+ +yes +update_failed, u/,
      },
      {
        run: 'webhook create -s dev --name next --format pulumi_deployments --url web/dev --event update_succeeded',
        code: 1,
        says: /leads back to this stack/,
      },
      { run: 'webhook list --org main', shows: /^(?!.*credential)/s },
      { run: 'webhook show chat --org main', shows: /url +\S+\/credential/ },
      { run: 'webhook deliveries ci -s dev', shows: /^Nothing was sent yet/ },
      { run: 'webhook ping ci -s dev', json: expect.objectContaining({ responseCode: 204, kind: 'ping' }) },
      {
        run: 'webhook deliveries ci -s dev',
        json: { deliveries: [expect.objectContaining({ kind: 'ping' })] },
        keep: ({ deliveries }) => ({ delivery: deliveries[0].id }),
      },
      { run: 'webhook deliveries ci -s dev', shows: /^ID +KIND.*\n.{36} +ping +2.* +204 / },
      { run: 'webhook redeliver ci {delivery} -s dev', shows: /answer +204/ },
      { run: 'webhook edit ci -s dev', code: 2, says: /say what to change/ },
      {
        run: 'webhook edit ci -s dev --no-active --group stacks',
        json: expect.objectContaining({
          active: false,
          hasSecret: true,
          groups: ['stacks'],
          filters: ['update_failed', 'update_succeeded'],
        }),
      },
      {
        run: `webhook edit ci -s dev --active --remove-secret --url ${receiver.url}/other`,
        json: expect.objectContaining({ active: true, hasSecret: false, groups: ['stacks'] }),
      },
      { run: 'webhook show none -s dev', code: 5, says: /none/ },
      { run: 'webhook delete ci -s dev', code: 2, says: /give --yes/ },
      { run: 'webhook delete ci -s dev --yes', shows: /Deleted the webhook ci/ },
      { run: 'webhook ping ci -s dev', code: 5, says: /ci/ },
    ],
    { server, folder },
  )
  const [ping, again] = receiver.received.filter(({ path }) => path === '/ci')
  expect(ping?.headers['pulumi-webhook-signature']).toMatch(/^[0-9a-f]{64}$/)
  expect(again?.body).toEqual(ping?.body)

  receiver.answer = (_one, response) => void response.writeHead(500).end('\u001b[31mno\u0007')
  const refused = await daypass(['webhook', 'ping', 'chat', '--org', 'main'], { server })
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/answer +500\n.*\nbody +no \n$/) })
})

test('a secret comes by standard input too', async () => {
  const words = ['webhook', 'create', '-s', 'main/web/dev', '--name', 'piped', '--url', receiver.url]
  const made = await daypass([...words, '--secret-file', '-', '--json'], { server, input: 'hush\n' })
  expect(made).toMatchObject({ code: 0, json: { hasSecret: true } })
})

test('usage, as a table, as JSON and as the CSV of the server', async () => {
  const month = new Date().toISOString().slice(0, 7)
  const path = `/api/daypass/orgs/main/usage?month=${month}&format=csv`
  const served = await fetch(`${server.url}${path}`, {
    headers: { authorization: `token ${server.adminToken}` },
  })
  const csv = (await served.text()).replaceAll('\r\n', '\n')
  const printed = await daypass(['usage', '--month', month, '--csv'], { server })
  expect(printed).toMatchObject({ code: 0, stdout: csv })
  expect(csv).toMatch(/\n20\d\d-\d\d,main,web,dev,[0-9a-f-]{36},2,9\d\n$/)
  await walk(
    [
      { run: 'usage', shows: /^MONTH .*\n\S+ +main\/web\/dev +2 +9\d\n\n9\d runner seconds in all\.\n$/ },
      { run: 'usage -s main/web/other', shows: /^Nothing ran\.\n$/ },
      {
        run: 'usage --month 2020-01 --since 2019-12',
        json: { months: [expect.anything(), expect.anything()] },
      },
      { run: 'usage --month 2020-13', code: 2, says: /is no month/ },
      { run: 'usage --month 2020-01 --since 2020-02', code: 2, says: /is after/ },
      { run: 'usage --csv --json', code: 2, says: /cannot be used with/ },
      { run: 'usage --org nobodys', code: 5, says: /no organization named nobodys/ },
    ],
    { server },
  )
})
