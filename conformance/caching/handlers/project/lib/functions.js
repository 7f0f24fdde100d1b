import { cacheLife, cacheTag, revalidateTag } from 'next/cache';
import { cookies, draftMode } from 'next/headers';
import { connection } from 'next/server';
import { call, outcome } from './origin.js';

async function basic(key) {
  'use cache';
  return (await call(key)).text;
}

async function remote(key) {
  'use cache: remote';
  return (await call(key)).text;
}

async function named(key) {
  'use cache: named';
  return (await call(key)).text;
}

async function odd(key) {
  'use cache: odd';
  return (await call(key)).text;
}

async function infinite(key) {
  'use cache: infinite';
  return (await call(key)).text;
}

async function bare(key) {
  'use cache: bare';
  return (await call(key)).text;
}

async function files(key) {
  'use cache: files';
  cacheTag(`${key}-tag`);
  return { text: (await call(key)).text, at: new Date(5), bytes: new Uint8Array([0, 128, 255]), letters: 'äöü€😀' };
}

async function own(key) {
  'use cache: private';
  const { value } = (await cookies()).get('a') ?? {};
  return `${value} ${(await call(key)).text}`;
}

async function plainly(key) {
  'use cache: private';
  return (await call(key)).text;
}

async function tagged(key) {
  'use cache';
  cacheTag(`${key}-tag`, 'all');
  return (await call(key)).text;
}

async function life(key, profile) {
  'use cache';
  cacheLife(profile.startsWith('{') ? JSON.parse(profile) : profile);
  return (await call(key)).text;
}

async function inner(key, profile) {
  'use cache: remote';
  cacheLife(profile);
  cacheTag(`${key}-inner`);
  return (await call(`${key}-inner`)).text;
}

async function outer(key, profile) {
  'use cache';
  cacheTag(`${key}-outer`);
  return `${await inner(key, profile)} in ${(await call(`${key}-outer`)).text}`;
}

async function explicit(key, profile) {
  'use cache';
  cacheLife('hours');
  return `${await inner(key, profile)} in ${(await call(`${key}-outer`)).text}`;
}

async function parts(key) {
  'use cache';
  cacheLife({ revalidate: 500 });
  cacheLife({ revalidate: 700, stale: 90 });
  return (await call(key)).text;
}

async function failing(key) {
  'use cache';
  await call(key);
  throw new TypeError(`${key} fails`);
}

async function instance(key) {
  'use cache';
  await call(key);
  return new (class Point {})();
}

async function halfway(key) {
  'use cache';
  const { text } = await call(key);
  let count = 0;
  return new ReadableStream({
    pull(controller) {
      count += 1;
      if (count === 1) {
        controller.enqueue(text);
      } else {
        controller.error(new Error('half way'));
      }
    },
  });
}

async function streamed(key) {
  'use cache';
  const { text } = await call(key);
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.enqueue(new TextEncoder().encode(' in parts'));
      controller.close();
    },
  });
}

async function large(key) {
  'use cache: remote';
  return `${(await call(key)).text}${'x'.repeat(300_000)}`;
}

async function kinds(key) {
  'use cache: remote';
  return { map: new Map([['a', 1n]]), set: new Set([2]), text: (await call(key)).text, nothing: undefined };
}

async function readAll(stream) {
  const parts = [];
  for await (const part of stream) {
    parts.push(typeof part === 'string' ? part : new TextDecoder().decode(part));
  }
  return parts.join('|');
}

async function privately(key) {
  'use cache';
  return own(key);
}

async function privateInPrivate(key) {
  'use cache: private';
  return `${await own(key)} in private ${await basic(key)}`;
}

async function connects() {
  'use cache: private';
  await connection();
}

async function drafts() {
  'use cache: private';
  (await draftMode()).enable();
}

async function tagInside(key) {
  'use cache';
  revalidateTag('x', 'max');
  return (await call(key)).text;
}

export const functions = {
  basic,
  remote,
  named,
  odd,
  infinite,
  bare,
  own,
  plainly,
  tagged,
  life,
  inner: (key, profile) => inner(key, profile),
  outer: (key, profile = 'hours') => outer(key, profile),
  explicit: (key, profile = 'minutes') => explicit(key, profile),
  parts,
  failing,
  instance,
  privately,
  privateInPrivate,
  connects,
  drafts,
  tagInside,
  files: async (key) => {
    const { text, at, bytes, letters } = await files(key);
    return [text, at.getTime(), [...bytes], letters];
  },
  kinds: async (key) => {
    const { map, set, text, ...rest } = await kinds(key);
    return [[...map].map(([name, value]) => [name, String(value)]), [...set], text, rest];
  },
  large: async (key) => (await large(key)).length,
  streamed: async (key) => readAll(await streamed(key)),
  halfway: async (key) => outcome(async () => readAll(await halfway(key))),
  twice: async (key) => [await basic(key), await basic(key)],
  'own-twice': async (key) => [await own(key), await own(key)],
  parallel: async (key) => Promise.all([basic(key), basic(key), remote(key)]),
  'failing-twice': async (key) => [await outcome(() => failing(key)), await outcome(() => failing(key))],
  // Once the handler has kept what was read first.
  'drop-and-read': async (key) => {
    const before = await tagged(key);
    await new Promise((resolve) => setTimeout(resolve, 50));
    revalidateTag(`${key}-tag`, 'max');
    const after = [await tagged(key), await tagged(key)];
    await new Promise((resolve) => setTimeout(resolve, 50));
    return [before, ...after];
  },
  // While the handler is still keeping it.
  'drop-at-once': async (key) => {
    const before = await tagged(key);
    revalidateTag(`${key}-tag`, 'max');
    return [before, await tagged(key)];
  },
};
