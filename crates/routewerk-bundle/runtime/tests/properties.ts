/**
 * Property tests: a claim that is tried on generated cases.
 *
 * The cases depend on one number. A continuous integration run fixes it (`PROPTEST_RNG_SEED`, as for the tests in
 * Rust), so that whether a change passes is no matter of luck; elsewhere each run tries new cases, and what fails says
 * the number that brings them back.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { Seeded } from './differential.ts';

const SEED = Number(process.env['PROPTEST_RNG_SEED'] ?? Date.now() % 1_000_000_000);

/** Tries a claim on `cases` generated cases, each with numbers of its own. */
export function property(claim: string, cases: number, run: (random: Seeded) => void | Promise<void>): void {
  it(claim, async () => {
    assert.ok(Number.isSafeInteger(SEED), `PROPTEST_RNG_SEED is no number: ${process.env['PROPTEST_RNG_SEED']}`);
    for (let index = 0; index < cases; index += 1) {
      try {
        await run(new Seeded(SEED + index * 7919));
      } catch (error) {
        const place = `case ${index} with PROPTEST_RNG_SEED=${SEED}`;
        throw new Error(`${place}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    }
  });
}

const LETTERS = ['a', 'Z', '0', '-', '_', '.', '~', ' ', '+', '%', '%41', '%e9', '%zz', '&', '=', ';', '?', '#', '/', '\\', ':', '@'];
const ODD_LETTERS = ['é', 'ü', 'ł', '€', '🎉', '\ud800', '\udc00', '\ufeff', '\0', '\t', '\n', '\r\n', '"', "'", ',', '<', '\x7f', '\x80'];

/** Text of up to `length` pieces, plain or with letters that need care. */
export function someText(random: Seeded, length: number): string {
  const letters = random.below(3) === 0 ? [...LETTERS, ...ODD_LETTERS] : LETTERS.slice(0, 3 + random.below(LETTERS.length - 3));
  const text = Array.from({ length: random.below(length + 1) }, () => random.pick(letters)).join('');
  // Of two byte order marks Node.js 20 drops both, against the standard.
  return text.replaceAll(/\ufeff+/g, '\ufeff');
}

/** Some bytes, often no UTF-8. */
export function someBytes(random: Seeded, length: number): Uint8Array<ArrayBuffer> {
  const limit = random.pick([128, 256]);
  return Uint8Array.from({ length: random.below(length + 1) }, () => random.below(limit));
}
