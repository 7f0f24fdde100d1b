/**
 * What a cached function captures of the functions around it.
 *
 * As in Next.js it is taken where the function is made, and written then: what happens to it later changes nothing.
 */
import type { ErrorFacts } from './shown-error.ts';
import { writeResult } from '../serial/write-result.ts';

/** Writes what a function captures. Its failure is told to whoever calls the function. */
export function writeBound(values: readonly unknown[]): Promise<string> {
  // Whose stack it is is known only now.
  const failure = new Error();
  Error.captureStackTrace(failure, writeBound);
  const written = writeText(values, failure);
  // The function may never be called.
  written.catch(() => undefined);
  return written;
}

async function writeText(values: readonly unknown[], failure: Error): Promise<string> {
  // What is done to it in the same turn still counts (Next.js).
  await undefined;
  const thrown: unknown[] = [];
  const note = (one: unknown): ErrorFacts => {
    thrown.push(one);
    return { digest: '' };
  };
  const { text } = await writeResult(values, null, note);
  if (thrown.length !== 0) {
    const [first] = thrown;
    failure.message = first instanceof Error ? first.message : String(first);
    throw failure;
  }
  return text;
}
