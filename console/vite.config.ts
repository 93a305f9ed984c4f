import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds the server; its cookie is of the same origin through this proxy. */
const SERVER = 'http://127.0.0.1:8080'

export default defineConfig({
  // Relative to the page's <base>, which the server fills in.
  base: './',
  plugins: [react()],
  build: {
    outDir: 'dist',
    target: 'es2024',
    // `light-dark()` stays as it is: what would replace it does not follow the person's choice of colors.
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    // Nothing inline: the page's policy allows scripts and pictures of its own origin alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': SERVER } },
})
