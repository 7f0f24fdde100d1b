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
  /** `Generation` discriminant where the call is about an entry: build 1, regeneration 2, on demand 3, look-up 4, keep 5; else 0. */
  readonly generation: number;
  /** The number of the last invalidation in the front's cache when the call was made. */
  readonly sequence: number;
  /** Absolute URL, WHATWG-serialised. Sliced on each access: read it once. */
  readonly url: string;
  /** Raw param texts joined by LF, in the pattern's order. Sliced on each access. */
  readonly params: string;
  /** `name LF value LF` repeated; names lower-case. Sliced on each access. */
  readonly headers: string;
  /** Null when the request has no body. */
  readonly body: CallBody | null;
  /** The client was gone before the reply was complete. True before `onAbort` is called. */
  readonly isAborted: boolean;
  /** Called at most once, when the client is gone before the reply was complete. Set by the handler half. */
  onAbort: (() => void) | null;
  /**
   * Called once when the reply has been handed to the client's socket, or the client left after the reply was
   * complete (only after `wantSent`). Never after `onAbort`. Set by the handler half.
   */
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

/** Receives the chunks of a request body. `end` and `fail` are each the last call. None of them may throw. */
export interface CallBodySink {
  chunk(bytes: Uint8Array): void;
  end(): void;
  fail(message: string): void;
}

/** Answers one call. Exactly one of `whole` and `head` is called, once; `head` is followed by pieces and one `end` or `fail`. */
export interface Reply {
  /** The facts of a generation, JSON text in ASCII. To be set before `whole`, the only way to answer a generation. */
  facts: string | null;
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

/** What `connect` gives: the worker's end of the channel. */
export interface Channel {
  /** Names the handler half. Calls that come before that are a mistake: the front sends none before `init` is answered. */
  onDispatch(dispatch: Dispatch): void;
  /** Messages and questions to and from the front. */
  readonly control: Control;
  /** How many calls are not over: their reply, their request body or their `onSent` is still due. */
  readonly callsInFlight: number;
  /** Resolves as soon as no call is in flight. */
  whenIdle(): Promise<void>;
}

/** The control socket. Values are what JSON can hold. `ping` is answered by the channel itself. */
export interface Control {
  /** Asks the front. Rejects with an `Error` whose message is the front's. */
  ask(topic: string, value: unknown): Promise<unknown>;
  /** Sends the front a message. Throws when its JSON text is longer than a frame may be (16 MiB). */
  tell(topic: string, value: unknown): void;
  /** Answers the front's questions about a topic. A throw or a rejection becomes the failure's message. */
  onAsk(topic: string, answer: (value: unknown) => unknown): void;
  /** Takes the front's messages about a topic. Must not throw. */
  onTell(topic: string, take: (value: unknown) => void): void;
}
