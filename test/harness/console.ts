/** What the tests of the console do again and again: sign in, look for what keeps people out, keep a picture. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import type { PageOptions, TestBrowser, TestPage } from './browser.ts'

/** Where pictures of the last run lie, for a person to look at. */
export const PICTURES = join(import.meta.dirname, '../pictures')

/** Opens an address of the console and signs in on the page that it shows, as a person does. */
export async function signIn(
  browser: TestBrowser,
  url: string,
  accessToken: string,
  options?: PageOptions,
): Promise<TestPage> {
  const opened = await browser.open(url, options)
  await opened.page.getByLabel('Access token').fill(accessToken)
  await opened.page.getByRole('button', { name: 'Sign in' }).click()
  await opened.page.getByRole('banner').waitFor()
  return opened
}

/** What axe finds wrong with a page as it stands, one line each; empty when nothing. */
export async function barriersOf(page: Page): Promise<string[]> {
  // In the page itself: the other mode opens a second one each time, for frames of foreign origins.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html} (${failureSummary ?? ''})`),
  )
}

/** Whether the page can be scrolled sideways, which nobody should have to. */
export async function isWiderThanScreen(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
}

export async function keepPicture(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `${name}.png`) })
}
