/**
 * The numbers of the frame protocol (docs/design/channel.md). Generated from `src/frames.rs` of routewerk-engine; a
 * test of that crate fails while this file is out of date, and `UPDATE_FRAMES=1 cargo test -p routewerk-engine`
 * writes it anew.
 */

/** Bytes of a frame's header. */
export const HEADER_BYTES = 12;

/** The longest payload of any frame. */
export const MAX_PAYLOAD_BYTES = 16777216;

/** The longest chunk of a body or text of a failure. */
export const MAX_CHUNK_BYTES = 65536;

/** Body bytes of a call that may be under way in each direction. */
export const WINDOW_BYTES = 65536;

/** Credit is given back in pieces of at least this size. */
export const CREDIT_BATCH_BYTES = 16384;

/** A longer complete reply body crosses SIZED, with credit. */
export const WHOLE_REPLY_BYTES = 262144;

/** Bytes of numbers at the start of a CALL's payload. */
export const CALL_HEAD_BYTES = 24;

/** Bytes of numbers at the start of a REPLY's payload. */
export const REPLY_HEAD_BYTES = 8;

/** Front to worker: a call. */
export const CALL = 1;

/** Front to worker: a chunk of a call's body. */
export const CALL_BODY = 2;

/** Front to worker: a call's body will not be complete. */
export const CALL_FAIL = 3;

/** Front to worker: the client is gone. */
export const ABORT = 4;

/** Front to worker: further bytes of reply body may be sent. */
export const REPLY_CREDIT = 5;

/** Front to worker: the reply has been handed to the client's socket. */
export const SENT = 6;

/** Worker to front: a reply's head and the first piece of its body. */
export const REPLY = 16;

/** Worker to front: a chunk of a reply's body. */
export const REPLY_BODY = 17;

/** Worker to front: a reply's body will not be complete. */
export const REPLY_FAIL = 18;

/** Worker to front: further bytes of the call's body may be sent. */
export const CALL_CREDIT = 19;

/** Worker to front: the rest of the call's body is not wanted. */
export const STOP = 20;

/** Worker to front: nothing further comes for this call. */
export const DONE = 21;

/** Control: a message. */
export const TELL = 32;

/** Control: a question. */
export const ASK = 33;

/** Control: the answer to a question. */
export const ANSWER = 34;

/** Control: the failure of a question. */
export const FAIL = 35;

/** The first frame of a connection to a private socket file. */
export const HELLO = 48;

/** Flag of CALL: the call has a body. */
export const HAS_BODY = 1;

/** Flag: the body ends with this frame. */
export const END = 2;

/** Flag of REPLY: there is no body at all. */
export const NULL_BODY = 4;

/** Flag of REPLY: SENT is wanted. */
export const WANT_SENT = 8;

/** Flag: stands for a DONE that would follow. */
export const LAST = 16;

/** Flag of REPLY without END: the length of the whole body follows the two lengths. */
export const SIZED = 32;

/** Flag of REPLY to a generation: the length of its facts follows the other lengths. */
export const FACTS = 64;
