/**
 * A system call filter for bubblewrap: no new user namespace (so that no process of a job becomes root of one and
 * reaches kernel code that is meant for root), and none of a few calls that no deployment needs.
 *
 * Classic BPF over `struct seccomp_data`; @see https://docs.kernel.org/userspace-api/seccomp_filter.html
 */

interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number
  readonly clone: number
  readonly clone3: number
  readonly unshare: number
  /** Refused whatever their arguments. */
  readonly refused: readonly number[]
  /** x86-64 only: numbers with this bit are the x32 ABI, a second door to the same calls. */
  readonly foreignBit?: number
}

/** Refused: kexec_load, add_key, request_key, keyctl, setns, perf_event_open, bpf, userfaultfd. */
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    clone3: 435,
    unshare: 272,
    refused: [246, 248, 249, 250, 308, 298, 321, 323],
    foreignBit: 0x40000000,
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    clone3: 435,
    unshare: 97,
    refused: [104, 217, 218, 219, 268, 241, 280, 282],
  },
}

const CLONE_NEWUSER = 0x10000000
const EPERM = 1
const ENOSYS = 38

const OFFSET_OF_NUMBER = 0
const OFFSET_OF_ARCHITECTURE = 4
/** Low half of the first argument, on little-endian machines. */
const OFFSET_OF_FIRST_ARGUMENT = 16

const LOAD = 0x20
const JUMP_IF_EQUAL = 0x15
const JUMP_IF_ANY_BIT = 0x45
const RETURN = 0x06
const ALLOW = 0x7fff0000
const KILL = 0x80000000
const refuseWith = (error: number): number => 0x00050000 | error

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number]

/** The program for a processor as Node.js names it, or undefined for one that is not in the table. */
export function seccompFilter(architecture: string): Buffer | undefined {
  const known = ARCHITECTURES[architecture]
  return known && encode(program(known))
}

function program(arch: Architecture): readonly Instruction[] {
  return [
    [LOAD, 0, 0, OFFSET_OF_ARCHITECTURE],
    [JUMP_IF_EQUAL, 1, 0, arch.audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, OFFSET_OF_NUMBER],
    ...(arch.foreignBit
      ? ([
          [JUMP_IF_ANY_BIT, 0, 1, arch.foreignBit],
          [RETURN, 0, 0, refuseWith(ENOSYS)],
        ] as const)
      : []),
    ...arch.refused.flatMap((number): Instruction[] => [
      [JUMP_IF_EQUAL, 0, 1, number],
      [RETURN, 0, 0, refuseWith(EPERM)],
    ]),
    // Its flags lie in memory, where a filter cannot look; libraries fall back to clone.
    [JUMP_IF_EQUAL, 0, 1, arch.clone3],
    [RETURN, 0, 0, refuseWith(ENOSYS)],
    [JUMP_IF_EQUAL, 1, 0, arch.clone],
    [JUMP_IF_EQUAL, 0, 3, arch.unshare],
    [LOAD, 0, 0, OFFSET_OF_FIRST_ARGUMENT],
    [JUMP_IF_ANY_BIT, 0, 1, CLONE_NEWUSER],
    [RETURN, 0, 0, refuseWith(EPERM)],
    [RETURN, 0, 0, ALLOW],
  ]
}

/** `struct sock_filter`: u16 code, u8 jump if true, u8 jump if false, u32 value. */
function encode(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 8)
  instructions.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(ifTrue, index * 8 + 2)
    bytes.writeUInt8(ifFalse, index * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4)
  })
  return bytes
}
