import { useEffect, useState } from 'react'

const TICK_MS = 1_000

/** Milliseconds since 1970, told again each second while something is under way. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [isRunning])
  return now
}
