// A download that cannot hang: a limit for the answer to begin, and one for silence while it comes.
import { open } from 'node:fs/promises'

/**
 * @typedef {object} Patience
 * @property {number} connectMs until the answer begins
 * @property {number} stallMs without a byte of it
 */

/**
 * @typedef {object} Download
 * @property {Response} response
 * @property {(reason: Error) => void} giveUp ends the download, also while its body is read
 */

/**
 * @param {string} url
 * @param {{ signal: AbortSignal, patience: Patience }} options
 * @returns {Promise<Download>}
 */
export async function openDownload(url, { signal, patience }) {
  const control = new AbortController()
  const giveUp = (/** @type {Error} */ reason) => control.abort(reason)
  signal.addEventListener('abort', () => giveUp(signal.reason), { once: true })
  signal.throwIfAborted()
  const timer = setTimeout(
    () => giveUp(new Error(`no answer in ${patience.connectMs / 1000} s`)),
    patience.connectMs,
  )
  try {
    const response = await fetch(url, { signal: control.signal })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return { response, giveUp }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * @param {Download} download
 * @param {string} file
 * @param {{ patience: Patience, note: (detail: string) => void }} options
 */
export async function saveDownload({ response, giveUp }, file, { patience, note }) {
  if (response.body === null) throw new Error('an empty answer')
  const total = Number(response.headers.get('content-length') ?? 0)
  let received = 0
  const timer = setTimeout(() => giveUp(new Error('the download stands still')), patience.stallMs)
  const target = await open(file, 'wx')
  try {
    for await (const chunk of response.body) {
      timer.refresh()
      received += chunk.length
      note(total > 0 ? `${Math.floor((received / total) * 100)}%` : `${Math.floor(received / 1e6)} MB`)
      await target.writeFile(chunk)
    }
  } finally {
    clearTimeout(timer)
    await target.close()
  }
}
