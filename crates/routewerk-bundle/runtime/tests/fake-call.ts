/**
 * A call and a reply without a channel: the call is made of plain values, the reply records what it is told.
 */
import { METHODS } from '../web/request.ts';
import type { Call, CallBody, CallBodySink, Reply } from '../channel/types.ts';

/** What a call is made of; the rest has defaults. */
export interface CallSpec {
  readonly method?: (typeof METHODS)[number];
  readonly url?: string;
  readonly params?: readonly string[];
  readonly headers?: ReadonlyArray<readonly [string, string]>;
  readonly body?: string | Uint8Array | CallBody | null;
  readonly route?: number;
  readonly generation?: number;
}

/** A request body that a test feeds. */
export class FedBody implements CallBody {
  readonly complete = null;
  #sink: CallBodySink | null = null;
  takenBytes = 0;
  isCancelled = false;

  start(sink: CallBodySink): void {
    this.#sink = sink;
  }

  get isStarted(): boolean {
    return this.#sink !== null;
  }

  chunk(bytes: Uint8Array): void {
    this.#started().chunk(bytes);
  }

  end(): void {
    this.#started().end();
  }

  fail(message: string): void {
    this.#started().fail(message);
  }

  #started(): CallBodySink {
    if (this.#sink === null) {
      throw new Error('nobody reads the body');
    }
    return this.#sink;
  }

  taken(bytes: number): void {
    this.takenBytes += bytes;
  }

  cancel(): void {
    this.isCancelled = true;
  }
}

class CompleteBody implements CallBody {
  readonly complete: Uint8Array;

  constructor(complete: Uint8Array) {
    this.complete = complete;
  }

  start(): void {
    throw new Error('a complete body is not started');
  }

  taken(): void {}

  cancel(): void {}
}

/** A call of plain values. */
export class FakeCall implements Call {
  readonly route: number;
  readonly method: number;
  readonly generation: number;
  readonly sequence = 0;
  readonly url: string;
  readonly params: string;
  readonly headers: string;
  readonly body: CallBody | null;
  isAborted = false;
  onAbort: (() => void) | null = null;
  onSent: (() => void) | null = null;

  constructor(spec: CallSpec = {}) {
    this.route = spec.route ?? 0;
    this.method = METHODS.indexOf(spec.method ?? 'GET');
    this.generation = spec.generation ?? 0;
    this.url = spec.url ?? 'http://localhost:3000/';
    this.params = (spec.params ?? []).join('\n');
    this.headers = (spec.headers ?? []).map(([name, value]) => `${name}\n${value}\n`).join('');
    const body = typeof spec.body === 'string' ? new TextEncoder().encode(spec.body) : (spec.body ?? null);
    this.body = body instanceof Uint8Array ? new CompleteBody(body) : body;
  }

  /** The client goes away. */
  abort(): void {
    this.isAborted = true;
    this.onAbort?.();
  }
}

/** How a reply ended. */
export type ReplyEnd = 'whole' | 'end' | 'fail' | 'aborted';

/** A reply that records. */
export class RecordedReply implements Reply {
  status = 0;
  reason = '';
  /** `[name, value, …]` as sent. */
  fields: Array<[string, string]> = [];
  wantSent = false;
  /** The whole body or the pieces of it; null is a null body. */
  body: Uint8Array | null = null;
  pieces: Uint8Array[] = [];
  end_: ReplyEnd | null = null;
  failure = '';
  facts: string | null = null;
  /** How many pieces may be sent before `piece` says that there is no credit. */
  credit = Number.POSITIVE_INFINITY;
  onCredit: (() => void) | null = null;
  readonly done: Promise<this>;
  #resolve: (reply: this) => void = () => undefined;

  constructor() {
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get text(): string {
    return new TextDecoder().decode(this.body ?? Buffer.concat(this.pieces));
  }

  field(name: string): string | null {
    const values = this.fields.filter(([found]) => found === name).map(([, value]) => value);
    return values.length === 0 ? null : values.join(' | ');
  }

  whole(status: number, reason: string, headers: string, body: string | Uint8Array | null, wantSent: boolean): void {
    this.#head(status, reason, headers, wantSent);
    this.body = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    this.#over('whole');
  }

  head(status: number, reason: string, headers: string, wantSent: boolean): void {
    this.#head(status, reason, headers, wantSent);
  }

  piece(bytes: Uint8Array): boolean {
    this.pieces.push(bytes);
    this.credit -= 1;
    return this.credit > 0;
  }

  end(): void {
    this.#over('end');
  }

  fail(message: string): void {
    this.failure = message;
    this.#over('fail');
  }

  #head(status: number, reason: string, headers: string, wantSent: boolean): void {
    if (this.status !== 0) {
      throw new Error('a second head');
    }
    this.status = status;
    this.reason = reason;
    this.wantSent = wantSent;
    const lines = headers.split('\n');
    if (lines.pop() !== '' || lines.length % 2 !== 0) {
      throw new Error(`a broken block: ${JSON.stringify(headers)}`);
    }
    for (let at = 0; at < lines.length; at += 2) {
      this.fields.push([lines[at] as string, lines[at + 1] as string]);
    }
  }

  #over(end: ReplyEnd): void {
    if (this.end_ !== null) {
      throw new Error(`a second end: ${end} after ${this.end_}`);
    }
    this.end_ = end;
    this.#resolve(this);
  }
}
