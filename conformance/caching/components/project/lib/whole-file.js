'use cache';

import { call } from './origin.js';

export async function whole(key) {
  return (await call(key)).text;
}
