/** Copies of stored values in the worker: asked for once, and never used after an invalidation that came before the call. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { copiedBytes, forgetCopies, noteSequence } from '../cache/copies.ts';
import { find, invalidate } from '../cache/front.ts';
import type { Found } from '../cache/front.ts';
import { setHost } from '../handler/host.ts';
import type { Seeded } from './differential.ts';
import { property } from './properties.ts';

interface Kept {
  readonly text: string;
  readonly made: number;
  readonly begun: number;
  readonly revalidate: number | null;
  readonly expire: number | null;
  readonly tags: readonly string[];
}

interface Question {
  readonly key: string;
  readonly tags: readonly string[];
  readonly revalidate: number | false;
  readonly after: number;
}

/** A front that judges values by their tags and their age, with a log of so many invalidations. */
class Front {
  sequence: number;
  readonly kept = new Map<string, Kept>();
  readonly asked: string[] = [];
  failing: string | null = null;
  #log: Array<[number: number, tags: readonly string[]]> = [];
  #floor: number;
  readonly #logged: number;
  readonly #touched = new Map<string, number>();

  constructor(logged = 100, sequence = 0) {
    this.#logged = logged;
    this.sequence = sequence;
    this.#floor = sequence;
    forgetCopies();
    const settings = { mode: 'production', origin: 'http://localhost:3000', draftModeId: null, authInterrupts: false } as const;
    setHost({
      settings: { ...settings, copiedBytes: 64 * 1024 },
      log: () => undefined,
      mapStack: (stack) => stack,
      ask: (topic, question) => this.#answer(topic, question as Question),
    });
  }

  /** Stores a value that was made so many seconds ago. */
  store(key: string, given: Partial<Kept> & { readonly age?: number } = {}): void {
    const { age = 0, ...rest } = given;
    if (this.kept.has(key)) {
      this.invalidate([`value function:${key}`]);
    }
    this.kept.set(key, { ...{ text: `value of ${key}`, begun: this.sequence, revalidate: null, expire: null, tags: [] }, made: Date.now() - age * 1000, ...rest });
  }

  /** An invalidation by somebody else. */
  invalidate(tags: readonly string[]): void {
    this.sequence += 1;
    tags.forEach((tag) => this.#touched.set(tag, this.sequence));
    this.#log.push([this.sequence, tags]);
    while (this.#log.length > this.#logged) {
      this.#floor = (this.#log.shift() as [number, unknown])[0];
    }
  }

  /** Everything: the log knows no tags of it. */
  invalidateAll(): void {
    this.sequence += 1;
    this.kept.clear();
    this.#log = [];
    this.#floor = this.sequence;
  }

  /** Whether a value is good for an asker. */
  isFresh(key: string, tags: readonly string[], revalidate: number | false): boolean {
    const kept = this.kept.get(key);
    if (kept === undefined || [...kept.tags, ...tags].some((tag) => (this.#touched.get(tag) ?? 0) > kept.begun)) {
      return false;
    }
    const limits = [revalidate, kept.revalidate, kept.expire].filter((limit) => typeof limit === 'number');
    return limits.every((limit) => Date.now() <= kept.made + limit * 1000);
  }

  async #answer(topic: string, question: Question): Promise<unknown> {
    this.asked.push(topic);
    // What it says is said now and arrives later.
    const answer = this.#say(topic, question);
    await Promise.resolve();
    if (this.failing === topic) {
      throw new Error(`no ${topic}`);
    }
    return answer;
  }

  #say(topic: string, question: Question): unknown {
    const { sequence } = this;
    if (topic === 'cache.since') {
      return { sequence, floor: this.#floor, tags: this.#log.filter(([number]) => number > question.after) };
    }
    if (topic === 'cache.invalidate') {
      this.invalidate(question.tags);
      return { sequence: this.sequence };
    }
    const kept = this.kept.get(question.key);
    if (kept === undefined || !this.isFresh(question.key, question.tags, question.revalidate)) {
      return { value: null, state: 'stale', age: 0, sequence, lead: true };
    }
    const { text, ...terms } = kept;
    return { value: Buffer.from(text).toString('base64'), state: 'fresh', age: 0, sequence, lead: false, terms };
  }
}

/** Looks up as a call does that begins now. */
function look(front: Front, key: string, tags: readonly string[] = [], revalidate: number | false = false): Promise<Found> {
  noteSequence(front.sequence);
  return find(key, 'function', tags, revalidate, 'missing');
}

function text(found: Found): string | null {
  return found.value === null ? null : Buffer.from(found.value).toString();
}

let front = new Front();

beforeEach(() => {
  front = new Front();
});

describe('a copy', () => {
  it('is used without a question', async () => {
    front.store('k', { tags: ['t'] });
    for (let count = 0; count < 5; count += 1) {
      const found = await look(front, 'k', ['/path', 't']);
      assert.deepEqual([text(found), found.isStale, found.lead], ['value of k', false, false]);
    }
    assert.deepEqual(front.asked, ['cache.get']);
  });

  it('is of one kind and key', async () => {
    front.store('k');
    await look(front, 'k');
    await find('k', 'fetch', [], false, 'missing');
    await look(front, 'other');
    assert.deepEqual(front.asked, ['cache.get', 'cache.get', 'cache.get']);
  });

  it('outlives invalidations that do not concern it, at the price of one question for all', async () => {
    front.store('a', { tags: ['ta'] });
    front.store('b', { tags: ['tb'] });
    await look(front, 'a', ['/1']);
    await look(front, 'b', ['/1']);
    front.invalidate(['elsewhere']);
    front.asked.length = 0;
    assert.equal(text(await look(front, 'a', ['/2'])), 'value of a');
    assert.equal(text(await look(front, 'b', ['/1'])), 'value of b');
    assert.equal(text(await look(front, 'a', ['/1'])), 'value of a');
    assert.deepEqual(front.asked, ['cache.since']);
  });

  it('is not used for long by a call that runs on where no other one brings word of invalidations', async () => {
    front.store('k', { tags: ['t'] });
    assert.equal(text(await look(front, 'k')), 'value of k');
    front.invalidate(['t']);
    const begun = performance.now();
    while (text(await find('k', 'function', [], false, 'missing')) !== null) {
      assert.ok(performance.now() - begun < 5000, 'the copy is still used');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(front.asked, ['cache.get', 'cache.since', 'cache.get']);
  });

  for (const [what, tags] of [['its own tag', ['t']], ['a tag of the asker', ['/path']]] as const) {
    it(`is not used once ${what} was invalidated`, async () => {
      front.store('k', { tags: ['t'] });
      await look(front, 'k', ['/path']);
      front.invalidate(tags);
      assert.equal(text(await look(front, 'k', ['/path'])), null);
      assert.deepEqual(front.asked, ['cache.get', 'cache.since', 'cache.get']);
    });
  }

  it('is not used after an invalidation of this worker', async () => {
    front.store('k', { tags: ['t'] });
    await find('k', 'function', [], false, 'missing');
    await invalidate(['t'], null, true);
    assert.equal(text(await find('k', 'function', [], false, 'missing')), null);
  });

  it('is not used when everything was invalidated, or more than the front remembers', async () => {
    front.store('k');
    await look(front, 'k');
    front.invalidateAll();
    assert.equal(text(await look(front, 'k')), null);
    front = new Front(2);
    front.store('k', { tags: ['t'] });
    await look(front, 'k');
    for (const tag of ['t', 'b', 'c', 'd']) {
      front.invalidate([tag]);
    }
    assert.equal(text(await look(front, 'k')), null);
  });

  it('is used for the asker of before when it is older than what the front remembers', async () => {
    front = new Front(100, 7);
    front.store('k', { begun: 3 });
    await look(front, 'k', ['/path']);
    await look(front, 'k', ['/path']);
    assert.deepEqual(front.asked, ['cache.get', 'cache.since']);
    await look(front, 'k', ['/other']);
    assert.deepEqual(front.asked, ['cache.get', 'cache.since', 'cache.get']);
  });

  it('gives way to a value that was stored in its place', async () => {
    front.store('k', { text: 'old' });
    await look(front, 'k');
    front.store('k', { text: 'new' });
    assert.equal(text(await look(front, 'k')), 'new');
    assert.equal(text(await look(front, 'k')), 'new');
    assert.deepEqual(front.asked, ['cache.get', 'cache.since', 'cache.get']);
  });

  it('ends with its time, with that of its asker, and where the clock was set back', async () => {
    front.store('lasting', { revalidate: 60, expire: 100, age: 30 });
    front.store('ending', { revalidate: 60, age: 59.9 });
    front.store('future', { made: Date.now() + 120_000, revalidate: 60 });
    for (const key of ['lasting', 'ending', 'future']) {
      await look(front, key);
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
    front.asked.length = 0;
    await look(front, 'lasting');
    assert.deepEqual(front.asked, []);
    await look(front, 'lasting', [], 20);
    assert.deepEqual(front.asked, ['cache.get']);
    assert.equal(text(await look(front, 'ending')), null);
    await look(front, 'future');
    assert.deepEqual(front.asked, ['cache.get', 'cache.get', 'cache.get']);
  });

  it('is not used while the front cannot say what was invalidated', async () => {
    front.store('k');
    await look(front, 'k');
    front.invalidate(['t']);
    front.failing = 'cache.since';
    assert.equal(text(await look(front, 'k')), 'value of k');
    assert.deepEqual(front.asked, ['cache.get', 'cache.since', 'cache.get']);
  });

  it('is bounded, and what is used stays longest', async () => {
    front.store('used', { text: 'x'.repeat(5000) });
    await look(front, 'used');
    for (let index = 0; index < 50; index += 1) {
      front.store(`k${index}`, { text: 'x'.repeat(5000) });
      await look(front, `k${index}`);
      await look(front, 'used');
    }
    front.asked.length = 0;
    await look(front, 'used');
    await look(front, 'k49');
    assert.deepEqual(front.asked, []);
    await look(front, 'k0');
    assert.deepEqual(front.asked, ['cache.get']);
    front.store('huge', { text: 'x'.repeat(20_000) });
    await look(front, 'huge');
    await look(front, 'huge');
    assert.deepEqual(front.asked, ['cache.get', 'cache.get', 'cache.get']);
  });
});

describe('copiedBytes', () => {
  it('is a part of what the front may keep', () => {
    assert.deepEqual([0, -1, 4000, 1e12, undefined].map(copiedBytes), [0, 0, 1000, 16 * 1024 * 1024, 12.5 * 1024 * 1024]);
  });
});

property('no copy is used that the front would not call fresh when the call begins', 300, async (random: Seeded) => {
  front = new Front(1 + random.below(6), random.below(3));
  const tags = ['a', 'b', 'c', 'd'];
  const some = (): string[] => tags.filter(() => random.below(3) === 0);
  const keys = ['k1', 'k2', 'k3'];
  for (let step = 0; step < 60; step += 1) {
    const key = random.pick(keys);
    switch (random.below(6)) {
      case 0:
        front.store(key, { tags: some(), revalidate: random.pick([null, 50, 500]), age: random.below(100) + 0.5, text: `${key} ${step}` });
        break;
      case 1:
        front.invalidate(some());
        break;
      case 2:
        await invalidate(some(), null, true);
        break;
      case 3:
        if (random.below(8) === 0) {
          front.invalidateAll();
        }
        break;
      default: {
        const asker = some();
        const lifetime = random.pick([false, 80] as const);
        const isFresh = front.isFresh(key, asker, lifetime);
        const found = await look(front, key, asker, lifetime);
        if (!isFresh) {
          assert.equal(found.value, null, `step ${step}: a copy of ${key} for [${asker.join()}] was used`);
        } else {
          assert.equal(text(found), front.kept.get(key)?.text, `step ${step}: ${key} is fresh`);
        }
      }
    }
  }
});
