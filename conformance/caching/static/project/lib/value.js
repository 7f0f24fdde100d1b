import { randomUUID } from 'node:crypto';

// A different one each time: who gets the same one got it from a cache.
export const value = () => `value-${randomUUID()}`;
