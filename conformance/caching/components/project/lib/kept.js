import { cacheLife, cacheTag } from 'next/cache';
import { call } from './origin.js';

export async function kept(key) {
  'use cache';
  return (await call(key)).text;
}

export async function living(key, life) {
  'use cache';
  cacheLife(life);
  return (await call(key)).text;
}

export async function tagged(key, ...tags) {
  'use cache';
  cacheTag(...tags);
  return (await call(key)).text;
}
