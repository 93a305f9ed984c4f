/** From the click on Deploy to the page of the new deployment. */
import type { TestBrowser } from '../../../test/harness/browser.ts'
import { signIn } from '../../../test/harness/console.ts'
import { PROJECT, userApi } from '../daypass/api.ts'
import { type Installation, ORGANIZATION } from '../daypass/installation.ts'

const STACK = 'clicked'
const SOURCE = { git: { repoUrl: 'https://git.example.com/contoso/core.git', branch: 'refs/heads/main' } }

/** @returns For each click, the milliseconds until its deployment's heading is drawn. */
export async function millisecondsToResult(
  browser: TestBrowser,
  { baseUrl, adminToken }: Installation,
  clicks: number,
): Promise<readonly number[]> {
  const user = userApi(baseUrl, ORGANIZATION, adminToken)
  await user.createStack(STACK)
  await user.saveSettings(STACK, { sourceContext: SOURCE })
  const { page, close } = await signIn(browser, baseUrl, adminToken)
  const measured: number[] = []
  for (let version = 1; version <= clicks; version += 1) {
    await page.goto(`${baseUrl}/${ORGANIZATION}/${PROJECT}/${STACK}/deployments`)
    await page.getByRole('button', { name: 'Deploy', exact: true }).click()
    const button = page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true })
    await button.waitFor()
    const startedAt = performance.now()
    await button.click()
    await page.getByRole('heading', { name: new RegExp(`^#${version} `) }).waitFor()
    measured.push(performance.now() - startedAt)
  }
  await close()
  return measured
}
