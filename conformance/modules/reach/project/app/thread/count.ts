import { isMainThread, parentPort } from 'node:worker_threads';

import { typed } from '@/lib/choices/typed';

type Words = readonly string[];

parentPort?.once('message', (words: Words) => {
  parentPort?.postMessage({ words: words.length, typed, isMainThread, file: import.meta.url.split('/').at(-1) });
});
