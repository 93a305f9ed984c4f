/** After a build: each asset once more as `.br` and `.gz`, so that the server never compresses one for a request. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const ASSETS = join(import.meta.dirname, 'dist/assets')
const COMPRESSIBLE = /\.(?:js|css|svg|json)$/

for (const name of await readdir(ASSETS)) {
  if (!COMPRESSIBLE.test(name)) continue
  const path = join(ASSETS, name)
  const bytes = await readFile(path)
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params: quality }))
  await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }))
}
