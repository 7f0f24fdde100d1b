/**
 * The control socket: messages and questions as JSON text, both ways. It is not on the path of a call.
 */

import type { Socket } from 'node:net';

import { allocateFrames } from './buffers.ts';
import type { FrameBuffer } from './buffers.ts';
import { ANSWER, ASK, FAIL, HEADER_BYTES, MAX_PAYLOAD_BYTES, TELL } from './frames.ts';
import { writeHeader } from './outgoing.ts';
import type { Control } from './types.ts';

interface Question {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The worker's end of the control socket. */
export class ControlSocket implements Control {
  readonly #socket: Socket;
  readonly #answers = new Map<string, (value: unknown) => unknown>();
  readonly #takers = new Map<string, (value: unknown) => void>();
  readonly #questions = new Map<number, Question>();
  #nextQuestion = 1;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  ask(topic: string, value: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = this.#nextQuestion;
      this.#nextQuestion = number === 0xffff_ffff ? 1 : number + 1;
      this.#send(ASK, number, topic, JSON.stringify(value));
      this.#questions.set(number, { resolve, reject });
    });
  }

  tell(topic: string, value: unknown): void {
    this.#send(TELL, 0, topic, JSON.stringify(value));
  }

  onAsk(topic: string, answer: (value: unknown) => unknown): void {
    this.#answers.set(topic, answer);
  }

  onTell(topic: string, take: (value: unknown) => void): void {
    this.#takers.set(topic, take);
  }

  /** Handles one frame. */
  handle(
    kind: number,
    _flags: number,
    _aux: number,
    number: number,
    buffer: FrameBuffer,
    start: number,
    end: number,
  ): void {
    switch (kind) {
      case TELL: {
        const [topic, text] = message(buffer, start, end);
        this.#takers.get(topic)?.(JSON.parse(text));
        return;
      }
      case ASK: {
        const [topic, text] = message(buffer, start, end);
        void this.#answer(number, topic, text);
        return;
      }
      case ANSWER:
        this.#question(number).resolve(JSON.parse(buffer.utf8Slice(start, end)));
        return;
      case FAIL:
        this.#question(number).reject(new Error(buffer.utf8Slice(start, end)));
        return;
      default:
        throw new Error(`control frame of kind ${kind} from the front`);
    }
  }

  async #answer(number: number, topic: string, text: string): Promise<void> {
    try {
      const answer = this.#answers.get(topic);
      if (answer === undefined) throw new Error(`nobody answers \`${topic}\``);
      const value = await answer(JSON.parse(text));
      this.#send(ANSWER, number, null, JSON.stringify(value ?? null));
    } catch (error) {
      this.#send(FAIL, number, null, error instanceof Error ? error.message : String(error));
    }
  }

  #question(number: number): Question {
    const question = this.#questions.get(number);
    if (question === undefined) throw new Error(`answer to question ${number}, which was not asked`);
    this.#questions.delete(number);
    return question;
  }

  /** Writes one frame; `topic` null for the kinds that have none. */
  #send(kind: number, number: number, topic: string | null, text: string | undefined): void {
    const json = text ?? 'null';
    const head = topic === null ? 0 : 2 + topic.length;
    const length = head + Buffer.byteLength(json, 'utf8');
    if (length > MAX_PAYLOAD_BYTES) {
      throw new Error(`a message of ${length} bytes to the front, expected at most ${MAX_PAYLOAD_BYTES}`);
    }
    const frame = allocateFrames(HEADER_BYTES + length);
    writeHeader(frame, 0, length, kind, 0, 0, number);
    if (topic !== null) {
      frame[HEADER_BYTES] = topic.length;
      frame[HEADER_BYTES + 1] = topic.length >>> 8;
      frame.latin1Write(topic, HEADER_BYTES + 2, topic.length);
    }
    frame.utf8Write(json, HEADER_BYTES + head, length - head);
    this.#socket.write(frame);
  }
}

/** The topic and the JSON text of a TELL or an ASK. */
function message(buffer: FrameBuffer, start: number, end: number): [topic: string, text: string] {
  const topicEnd = start + 2 + (buffer[start] as number) + ((buffer[start + 1] as number) << 8);
  return [buffer.latin1Slice(start + 2, topicEnd), buffer.utf8Slice(topicEnd, end)];
}
