/**
 * What a generation may not use, because only a request has it. Using it ends the generation: the route is dynamic (in a
 * build) or the generation has failed.
 */
import type { CacheWork } from '../work.ts';
import { cachedContext } from '../context.ts';

/** What Next.js throws through a handler that uses something dynamic. User code may catch it; the use is noted all the same. */
export class DynamicServerError extends Error {
  readonly description: string;
  readonly digest = 'DYNAMIC_SERVER_USAGE';

  static {
    // Node.js prints an error by the name of its class, and Next.js's has none that is left after its build.
    Object.defineProperty(DynamicServerError, 'name', { value: 'Error' });
  }

  constructor(description: string) {
    super(`Dynamic server usage: ${description}`);
    this.description = description;
  }
}

const ERROR_DOCS =
  'See more info here: https://nextjs.org/docs/app/building-your-application/rendering/static-and-dynamic#dynamic-rendering';
const DYNAMIC_DOCS = 'See more info here: https://nextjs.org/docs/messages/dynamic-server-error';

/** The error of `dynamic = 'error'`. */
export function staticBailout(route: string, expression: string, docs = ` ${ERROR_DOCS}`): Error {
  const error = new Error(
    `Route ${route} with \`dynamic = "error"\` couldn't be rendered statically because it used \`${expression}\`.${docs}`,
  );
  return Object.assign(error, { code: 'NEXT_STATIC_GEN_BAILOUT' });
}

/**
 * A request API was called: ends a generation. `expression` is `headers`, `draftMode().enable()`. With `cacheComponents` what is returned
 * never resolves; otherwise it throws, and returns null where there is no generation.
 */
export function interruptGeneration(work: CacheWork | null, expression: string): Promise<never> | null {
  if (work === null || !work.isGeneration) {
    return null;
  }
  if (work.trial !== null) {
    work.noteDynamic(expression);
    return hanging();
  }
  throw interruption(work, expression);
}

/**
 * As above, for what has to be awaited: with `cacheComponents` the generation ends when it waits for it, and not where it goes
 * on without.
 */
export function waitForRequest(work: CacheWork | null, expression: string): Promise<never> | null {
  if (work === null || !work.isGeneration || work.trial === null) {
    return interruptGeneration(work, expression);
  }
  work.hangsOn ??= expression;
  return hanging();
}

/** What a generation waits for that will not get it. */
export function hanging(): Promise<never> {
  return new Promise(() => undefined);
}

/** What is thrown through a generation that uses `expression`. */
export function interruption(work: CacheWork, expression: string): DynamicServerError {
  return note(work, expression, `\`${expression}\``);
}

/** Something was used that is made anew for each request: ends a generation, unless the route says what it is. */
export function markDynamic(work: CacheWork, expression: string): void {
  const { dynamic, info } = work.route;
  const context = cachedContext();
  if ((context !== undefined && context.kind !== 'generator') || dynamic === 'force-dynamic' || dynamic === 'force-static') {
    return;
  }
  if (dynamic === 'error') {
    throw staticBailout(info.pattern, expression);
  }
  if (work.isGeneration) {
    throw note(work, expression, expression);
  }
}

function note(work: CacheWork, expression: string, shown: string): DynamicServerError {
  work.noteDynamic(expression);
  return new DynamicServerError(
    `Route ${work.route.info.pattern} couldn't be rendered statically because it used ${shown}. ${DYNAMIC_DOCS}`,
  );
}
