/** A front that keeps values in memory and answers the topics `cache.*` as docs/design/caching.md says, on a clock of the test's. */
import type { Ask } from '../handler/ports.ts';

interface Kept {
  readonly value: string;
  readonly tags: readonly string[];
  readonly revalidate: number | false;
  readonly madeAt: number;
  readonly sequence: number;
}

interface Tag {
  stale: number;
  expired: number;
  expiresAt: number;
}

interface Question {
  readonly key: string;
  readonly kind: string;
  readonly tags: readonly string[];
  readonly revalidate: number | false;
  readonly wait: string;
  readonly value: string;
  readonly sequence: number;
  readonly expire: number | null;
  readonly stale: boolean;
}

export class FakeFront {
  now = 1000;
  sequence = 0;
  readonly kept = new Map<string, Kept>();
  readonly tags = new Map<string, Tag>();
  readonly asked: Array<[topic: string, question: Question]> = [];
  /** What the next question of a topic fails with. */
  failing: string | null = null;
  #making = new Map<string, Array<() => void>>();

  readonly ask: Ask = async (topic, value) => {
    const question = value as Question;
    this.asked.push([topic, question]);
    await Promise.resolve();
    if (this.failing === topic) {
      throw new Error(`no ${topic}`);
    }
    switch (topic) {
      case 'cache.get':
        return this.#get(question);
      case 'cache.set': {
        const { key, value: kept, tags, revalidate, sequence } = question;
        this.kept.set(key, { value: kept, tags, revalidate, sequence, madeAt: this.now });
        this.#over(key);
        return { stored: true };
      }
      case 'cache.release':
        this.#over(question.key);
        return {};
      case 'cache.invalidate':
        this.#invalidate(question);
        return {};
      default:
        throw new Error(`unknown topic ${topic}`);
    }
  };

  count(topic: string): number {
    return this.asked.filter(([asked]) => asked === topic).length;
  }

  async #get(question: Question): Promise<unknown> {
    const { key, tags, wait, revalidate } = question;
    const kept = this.kept.get(key);
    const age = kept === undefined ? 0 : this.now - kept.madeAt;
    const touched = kept === undefined ? [] : [...kept.tags, ...tags].map((tag) => this.tags.get(tag)).filter((tag) => tag !== undefined);
    const isExpired = touched.some((tag) => tag.expired > (kept as Kept).sequence && tag.expiresAt <= this.now);
    const own = kept?.revalidate ?? false;
    const isOld = (revalidate !== false && age > revalidate) || (own !== false && age > own);
    const isStale = isOld || touched.some((tag) => tag.stale > (kept as Kept).sequence);
    const found = { value: kept === undefined || isExpired ? null : kept.value, age, sequence: this.sequence };
    if (found.value !== null && !isStale) {
      return { ...found, state: 'fresh', lead: false };
    }
    const making = this.#making.get(key);
    if (wait === 'never') {
      return { ...found, state: 'stale', lead: false };
    }
    if (making === undefined) {
      this.#making.set(key, []);
      return { ...found, state: 'stale', lead: true };
    }
    if (found.value !== null && wait === 'missing') {
      return { ...found, state: 'stale', lead: false };
    }
    await new Promise<void>((resolve) => making.push(resolve));
    const made = this.kept.get(key);
    return { value: made?.value ?? null, age: 0, sequence: this.sequence, state: 'fresh', lead: false };
  }

  #over(key: string): void {
    const waiting = this.#making.get(key) ?? [];
    this.#making.delete(key);
    waiting.forEach((resolve) => resolve());
  }

  #invalidate({ tags, expire, stale }: Question): void {
    this.sequence += 1;
    for (const name of tags) {
      const tag = this.tags.get(name) ?? { stale: 0, expired: 0, expiresAt: Infinity };
      if (stale) {
        tag.stale = this.sequence;
      }
      if (expire !== null) {
        tag.expired = this.sequence;
        tag.expiresAt = this.now + expire;
      }
      this.tags.set(name, tag);
    }
  }
}
