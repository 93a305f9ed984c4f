/**
 * A call of the contract as data: what is sent, and what Pulumi documents of the answer. Rows are called in their order,
 * and what one makes the next may use.
 */

/** What the calls are about, by the names of their path parameters. */
export type Known = Record<string, string>

export interface ContractRow {
  /** Method and path as Pulumi writes them; `{S}` is `/api/stacks/{org}/{project}/{stack}`. */
  readonly call: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} ${string}`
  /** Path parameters that differ from what is known. */
  readonly at?: Known
  readonly query?: string
  readonly body?: object | string | ((known: Known) => object | string)
  /** Beside the usual ones. @param sent The body, as it is sent. */
  readonly headers?: (known: Known, sent: string) => Readonly<Record<string, string>>
  /** 200 unless said otherwise. */
  readonly status?: number
  /** The model of the answer's body; none: an empty one. */
  readonly answers?: string
  /** Of an answer that is no JSON. */
  readonly contentType?: RegExp
  /** Fields that say more than their type. */
  readonly holds?: (body: unknown, known: Known) => void
  /** What later rows know, by the field of the answer (`agents.0.name`) that says it. */
  readonly keeps?: Readonly<Record<string, string>>
  /** In which way this is not what Pulumi documents; the row then says what there is. */
  readonly differs?: string
  /** Why there is no such route. That there is none is tested. */
  readonly notOffered?: string
  /** There is no such route so far. Once there is, this word has to go. */
  readonly notYet?: true
}

export interface ContractArea {
  readonly title: string
  readonly rows: readonly ContractRow[]
}
