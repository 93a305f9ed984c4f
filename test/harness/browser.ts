/**
 * A real Chromium for a test: `DAYPASS_CHROMIUM` if it is set, an installed one, or the one inside an npm package.
 * Pages of it fail their test by any error of a script, any refusal of the page's policy, and any request elsewhere.
 */
import { existsSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import npmChromium from '@sparticuz/chromium'
import { type Browser, chromium, type Page } from 'playwright-core'
import { withLock } from '../../tools/setup/lock.mjs'

const LAUNCH_LIMIT_MS = 60_000
const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export interface TestBrowser {
  /** A person of its own: no cookie is shared with another page. */
  readonly open: (url: string, options?: PageOptions) => Promise<TestPage>
  readonly close: () => Promise<void>
}

export interface PageOptions {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
}

export interface TestPage {
  readonly page: Page
  /** What scripts and the page's policy complained of so far. */
  readonly complaints: readonly string[]
  readonly close: () => Promise<void>
}

/** @returns Why there is none here, instead. */
export async function startBrowser(): Promise<TestBrowser | { readonly missing: string }> {
  const executablePath = await findChromium()
  if (typeof executablePath !== 'string') return executablePath
  // Chromium's sandbox does not work for root; the pages of a test are our own.
  const args = ['--disable-dev-shm-usage', ...(userInfo().uid === 0 ? ['--no-sandbox'] : [])]
  const browser = await chromium.launch({ executablePath, args, timeout: LAUNCH_LIMIT_MS })
  return { open: (url, options) => openPage(browser, url, options), close: () => browser.close() }
}

async function findChromium(): Promise<string | { readonly missing: string }> {
  const set = process.env['DAYPASS_CHROMIUM']
  if (set) return set
  for (const path of INSTALLED) {
    if (existsSync(path)) return path
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: 'no Chromium: set DAYPASS_CHROMIUM to the path of one' }
  }
  // It unpacks itself into the temporary folder; two at once would read each other's half of a file.
  const lock = join(tmpdir(), 'daypass-chromium.lock')
  return withLock(lock, { signal: AbortSignal.timeout(LAUNCH_LIMIT_MS) }, () => npmChromium.executablePath())
}

async function openPage(browser: Browser, url: string, options: PageOptions = {}): Promise<TestPage> {
  const { width = 1280, scheme = 'light' } = options
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 800 : 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`))
  page.on('console', (message) => {
    // Chromium reports each answer of 400 and more here; which answers are expected is for the test to say.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(`console: ${message.text()}`)
    }
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && origin !== new URL(url).origin) complaints.push(`request to ${origin}`)
  })
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}
