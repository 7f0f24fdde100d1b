/**
 * What the channel and the handler half of the runtime know of each other. The channel turns frames into
 * `Call`s and `Reply` method calls into frames; it never looks at what they mean. The handler half never
 * sees a frame.
 */

/** One call as it arrived. Strings are latin-1 slices; nothing in them has been parsed. */
export interface Call {
  /** Index into the manifest's routes. */
  readonly route: number;
  /** `Method` discriminant: GET 0, HEAD 1, OPTIONS 2, POST 3, PUT 4, DELETE 5, PATCH 6, QUERY 7. */
  readonly method: number;
  /** Absolute URL, WHATWG-serialised. */
  readonly url: string;
  /** Raw param texts joined by LF, in the pattern's order. */
  readonly params: string;
  /** `name LF value LF` repeated; names lower-case. */
  readonly headers: string;
  /** Null when the request has no body. */
  readonly body: CallBody | null;
  /** True from the moment the client was gone before the reply was complete; `onAbort` is called right after it becomes true. */
  readonly aborted: boolean;
  /** Called at most once, when the client is gone before the reply was complete. Set by the handler half. */
  onAbort: (() => void) | null;
  /** Called once when the reply has been handed to the client's socket (only after `wantSent`). Set by the handler half. */
  onSent: (() => void) | null;
}

/** A request body: wholly at hand, or arriving. */
export interface CallBody {
  /** The whole body when it arrived with the head, else null. */
  readonly complete: Uint8Array | null;
  /** Starts delivery; called at most once, only when `complete` is null. Chunks are owned by the receiver. */
  start(sink: CallBodySink): void;
  /** Returns credit for bytes that the consumer has taken. */
  taken(bytes: number): void;
  /** The handler does not want the rest. */
  cancel(): void;
}

/** Receives the chunks of a request body. */
export interface CallBodySink {
  chunk(bytes: Uint8Array): void;
  end(): void;
  fail(message: string): void;
}

/** Answers one call. Exactly one of `whole` and `head` is called, once; `head` is followed by pieces and one `end` or `fail`. */
export interface Reply {
  /** Sends head and whole body in one frame. `headers` is a latin-1 block; `reason` is '' for the default phrase; body null is a null body. */
  whole(status: number, reason: string, headers: string, body: string | Uint8Array | null, wantSent: boolean): void;
  /** Sends the head of a streamed reply. It leaves together with the first piece. */
  head(status: number, reason: string, headers: string, wantSent: boolean): void;
  /** Sends a piece of the body. False: no credit is left; wait for `onCredit` before the next one. */
  piece(bytes: Uint8Array): boolean;
  /** Called each time credit has come back after `piece` returned false. Set by the handler half. */
  onCredit: (() => void) | null;
  /** The body is complete. */
  end(): void;
  /** The body failed; the client's connection is destroyed. */
  fail(message: string): void;
}

/** The handler half, as the channel calls it. It must not throw. */
export type Dispatch = (call: Call, reply: Reply) => void;
