/** The real boto3 (PyPI) as a program that lives on: its clock is moved by `freezegun`, its requests go over the network. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { pythonPackage } from './python-package.ts'

export interface Boto3 {
  /** Asks AWS who it is. @param now What the program's clock shows then. @returns The ARN, or the error that it saw. */
  readonly whoAmI: (now: Date) => Promise<string>
  readonly stop: () => Promise<void>
}

/** One client for its whole life, which finds its credentials by itself. */
const PROGRAM = `
import sys
from datetime import datetime, timezone
from freezegun import freeze_time

moment = lambda line: datetime.fromtimestamp(float(line), timezone.utc).replace(tzinfo=None)
with freeze_time(moment(sys.stdin.readline()), ignore=["urllib3", "http", "socket", "threading"]) as clock:
    import boto3
    from botocore.config import Config
    client = boto3.client("sts", region_name="us-east-1", config=Config(retries={"max_attempts": 1}))
    for line in iter(sys.stdin.readline, ""):
        clock.move_to(moment(line))
        try:
            print(client.get_caller_identity()["Arn"], flush=True)
        except Exception as error:
            print(type(error).__name__, str(error).replace("\\n", " "), flush=True)
`

/** @returns Why it cannot be had here, instead. */
export async function startBoto3(
  env: Readonly<Record<string, string>>,
  now: Date,
): Promise<Boto3 | { readonly missing: string }> {
  const installed = await pythonPackage('boto3', '1.43.11', [
    'botocore==1.43.11',
    's3transfer==0.17.0',
    'jmespath==1.1.0',
    'python-dateutil==2.9.0.post0',
    'six==1.17.0',
    'urllib3==2.7.0',
    'freezegun==1.5.5',
  ])
  if ('missing' in installed) return installed
  const child = spawn('python3', ['-c', PROGRAM], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', PYTHONPATH: installed.folder, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const tell = (at: Date): void => void child.stdin.write(`${at.getTime() / 1000}\n`)
  tell(now)
  return {
    async whoAmI(at) {
      tell(at)
      const { value, done } = await answers.next()
      if (done === true) throw new Error('The program ended.')
      return value
    },
    async stop() {
      process.off('exit', endWithUs)
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
